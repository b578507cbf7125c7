import { useId } from "react";

interface Props {
	label: string;
	hint?: string;
	checked: boolean;
	busy?: boolean;
	onChange: (checked: boolean) => void;
}

/** On or off, at once. */
export function Switch({
	label,
	hint,
	checked,
	busy = false,
	onChange,
}: Props) {
	const id = useId();
	return (
		<div className="switch">
			<div className="switch-text">
				<label htmlFor={id}>{label}</label>
				{hint ? (
					<p className="hint" id={`${id}-hint`}>
						{hint}
					</p>
				) : null}
			</div>
			<input
				id={id}
				type="checkbox"
				role="switch"
				checked={checked}
				aria-checked={checked}
				aria-disabled={busy || undefined}
				aria-describedby={hint ? `${id}-hint` : undefined}
				onChange={(event) => {
					if (!busy) {
						onChange(event.target.checked);
					}
				}}
			/>
		</div>
	);
}
