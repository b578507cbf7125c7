import type { ReactNode } from "react";

export type Tone = "neutral" | "accent" | "good" | "warn" | "bad";

interface Props {
	tone?: Tone;
	title?: string;
	children: ReactNode;
}

/** A mark of one or two words; the words carry the meaning, the colour repeats it. */
export function Badge({ tone = "neutral", title, children }: Props) {
	return (
		<span className={`badge badge-${tone}`} title={title}>
			{children}
		</span>
	);
}
