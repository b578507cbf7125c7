import { type ComponentProps, useId } from "react";

interface Props extends ComponentProps<"select"> {
	label: string;
}

/** A labelled choice of one. */
export function SelectField({ label, children, ...select }: Props) {
	const id = useId();
	return (
		<div className="field">
			<label htmlFor={id}>{label}</label>
			<select {...select} id={id}>
				{children}
			</select>
		</div>
	);
}
