import { type ComponentProps, useId } from "react";

interface Props extends ComponentProps<"input"> {
	label: string;
	hint?: string | undefined;
}

/** A labelled input. */
export function Field({ label, hint, ...input }: Props) {
	const id = useId();
	return (
		<div className="field">
			<label htmlFor={id}>{label}</label>
			<input
				autoComplete="off"
				spellCheck={false}
				{...input}
				id={id}
				aria-describedby={hint ? `${id}-hint` : undefined}
			/>
			{hint ? (
				<p className="hint" id={`${id}-hint`}>
					{hint}
				</p>
			) : null}
		</div>
	);
}
