import { useId } from "react";
import type { FieldConflict } from "roo-cloud-web";
import type { Side } from "./useConflictChoices";

interface Props {
	conflict: FieldConflict;
	side: Side;
	onChoose: (side: Side) => void;
}

/** One field that was changed on both sides, and which side to take. */
export function ConflictChoice({ conflict, side, onChoose }: Props) {
	const name = useId();
	const { profile, field, base } = conflict;
	const options: { side: Side; label: string; value: unknown }[] = [
		{ side: "cloud", label: "Cloud", value: conflict.cloud },
		{ side: "local", label: "This device", value: conflict.local },
	];
	return (
		<fieldset className="conflict">
			<legend>
				{profile}: <code>{field}</code> was changed on both sides
			</legend>
			<div className="conflict-sides">
				{options.map((option) => (
					<label key={option.side}>
						<input
							type="radio"
							name={name}
							value={option.side}
							checked={option.side === side}
							onChange={() => onChoose(option.side)}
						/>
						<span>
							{option.label} <code>{valueInWords(option.value)}</code>
						</span>
					</label>
				))}
			</div>
			<p className="hint">
				It was <code>{valueInWords(base)}</code> before.
			</p>
		</fieldset>
	);
}

function valueInWords(value: unknown): string {
	return value === undefined ? "not set" : JSON.stringify(value);
}
