import type { ShareVisibility } from "roo-cloud-web";

interface Props {
	value: ShareVisibility;
	/** Why an audience cannot be chosen; nothing where it can. */
	refusals: Readonly<Partial<Record<ShareVisibility, string>>>;
	onChange: (value: ShareVisibility) => void;
}

const AUDIENCES: readonly { value: ShareVisibility; label: string }[] = [
	{ value: "organization", label: "People of my organization" },
	{ value: "public", label: "Everybody who has it" },
];

export function VisibilityChoice({ value, refusals, onChange }: Props) {
	return (
		<fieldset className="choices">
			<legend>Who can open the link</legend>
			{AUDIENCES.map((audience) => (
				<label key={audience.value}>
					<input
						type="radio"
						name="visibility"
						checked={value === audience.value}
						disabled={refusals[audience.value] !== undefined}
						onChange={() => onChange(audience.value)}
					/>
					<span>
						{audience.label}
						{refusals[audience.value] ? (
							<span className="hint"> {refusals[audience.value]}</span>
						) : null}
					</span>
				</label>
			))}
		</fieldset>
	);
}
