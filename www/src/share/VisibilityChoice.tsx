import type { ShareVisibility } from "roo-cloud-web";

interface Props {
	value: ShareVisibility;
	publicAllowed: boolean;
	onChange: (value: ShareVisibility) => void;
}

export function VisibilityChoice({ value, publicAllowed, onChange }: Props) {
	return (
		<fieldset className="choices">
			<legend>Who can open the link</legend>
			<label>
				<input
					type="radio"
					name="visibility"
					checked={value === "organization"}
					onChange={() => onChange("organization")}
				/>
				<span>People of my organization</span>
			</label>
			<label>
				<input
					type="radio"
					name="visibility"
					checked={value === "public"}
					disabled={!publicAllowed}
					onChange={() => onChange("public")}
				/>
				<span>Everybody who has it</span>
			</label>
			{publicAllowed ? null : (
				<p className="hint">Your organization does not allow public links.</p>
			)}
		</fieldset>
	);
}
