import type { ComponentProps } from "react";

interface Props extends ComponentProps<"button"> {
	variant?: "plain" | "primary" | "quiet" | "danger";
	/** Shows that it is under way; a second press does nothing. */
	busy?: boolean;
}

/** Busy is `aria-disabled`, not `disabled`: the focus stays where it was. */
export function Button({
	variant = "plain",
	busy = false,
	className = "",
	onClick,
	children,
	...rest
}: Props) {
	return (
		<button
			type="button"
			{...rest}
			className={`button button-${variant} ${className}`}
			aria-disabled={busy || undefined}
			onClick={(event) => {
				if (busy) {
					event.preventDefault();
				} else {
					onClick?.(event);
				}
			}}
		>
			{busy ? <span className="spinner" aria-hidden="true" /> : null}
			{children}
		</button>
	);
}
