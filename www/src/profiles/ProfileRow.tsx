import type { ProfileEntry } from "roo-cloud-web";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { providerLabel } from "./providers";

interface Props {
	entry: ProfileEntry;
	onActivate: () => void;
	onEdit: () => void;
	onDelete: () => void;
}

export function ProfileRow({ entry, onActivate, onEdit, onDelete }: Props) {
	const { name, origin, active } = entry;
	return (
		<tr className={active ? "profile-active" : undefined}>
			<th scope="row">
				<span className="profile-name">{name}</span>
				<span className="profile-model">
					{providerLabel(entry.apiProvider)}
					{entry.modelId ? ` · ${entry.modelId}` : ""}
				</span>
			</th>
			<td>
				<div className="badges">
					{active ? <Badge tone="good">active</Badge> : null}
					<Badge tone={origin === "cloud" ? "accent" : "neutral"}>
						{origin}
					</Badge>
					{entry.locallyChanged ? (
						<Badge title="A field was changed on this device">
							changed here
						</Badge>
					) : null}
					{entry.hasSecret ? (
						<Badge title="Holds a key, which never leaves this device">
							secret
						</Badge>
					) : null}
					{entry.allowed ? null : (
						<Badge
							tone="bad"
							title="Your organization does not allow this model"
						>
							not allowed
						</Badge>
					)}
				</div>
			</td>
			<td>
				<div className="row-actions">
					{active ? null : (
						<Button
							variant="quiet"
							aria-label={`Activate ${name}`}
							onClick={onActivate}
						>
							Activate
						</Button>
					)}
					<Button variant="quiet" aria-label={`Edit ${name}`} onClick={onEdit}>
						Edit
					</Button>
					<Button
						variant="quiet"
						aria-label={`Delete ${name}`}
						onClick={onDelete}
					>
						Delete
					</Button>
				</div>
			</td>
		</tr>
	);
}
