import type { ReactNode } from "react";

interface Props {
	label: string;
	className?: string;
	children: ReactNode;
}

/** A named region that scrolls by itself, by keyboard too. */
export function ScrollRegion({ label, className = "scroll", children }: Props) {
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard cannot scroll.
		<section className={className} aria-label={label} tabIndex={0}>
			{children}
		</section>
	);
}
