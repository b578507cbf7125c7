import { type ReactNode, useId } from "react";

export interface Segment<Value extends string> {
	value: Value;
	label: string;
	/** Shown instead of the label, which stays for those who cannot see it. */
	icon?: ReactNode;
}

interface Props<Value extends string> {
	legend: string;
	segments: readonly Segment<Value>[];
	value: Value;
	onChange: (value: Value) => void;
}

/** A choice of one among few: radio buttons, drawn as one control. */
export function Segmented<Value extends string>({
	legend,
	segments,
	value,
	onChange,
}: Props<Value>) {
	const name = useId();
	return (
		<fieldset className="segmented">
			<legend className="visually-hidden">{legend}</legend>
			{segments.map((segment) => (
				<label
					key={segment.value}
					title={segment.icon ? segment.label : undefined}
				>
					<input
						type="radio"
						name={name}
						value={segment.value}
						checked={segment.value === value}
						onChange={() => onChange(segment.value)}
					/>
					<span className={segment.icon ? "visually-hidden" : undefined}>
						{segment.label}
					</span>
					{segment.icon}
				</label>
			))}
		</fieldset>
	);
}
