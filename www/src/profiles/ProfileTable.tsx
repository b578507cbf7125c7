import type { ProfileEntry } from "roo-cloud-web";
import { useAction } from "../cloud/useAction";
import { useService } from "../cloud/useService";
import { FailureNotice } from "../failures/FailureNotice";
import { ProfileRow } from "./ProfileRow";

interface Props {
	profiles: readonly ProfileEntry[];
	onEdit: (name: string) => void;
	onDelete: (name: string) => void;
}

export function ProfileTable({ profiles, onEdit, onDelete }: Props) {
	const cloud = useService();
	const activate = useAction((name: string) => cloud.activateProfile(name));

	if (profiles.length === 0) {
		return (
			<p className="empty">
				No profiles yet. Add one, or merge those of your organization.
			</p>
		);
	}
	return (
		<>
			<FailureNotice
				error={activate.error}
				attempt="Could not activate"
				onDismiss={activate.reset}
			/>
			<table className="profiles">
				<caption className="visually-hidden">Provider profiles</caption>
				<thead>
					<tr>
						<th scope="col">Profile</th>
						<th scope="col">Marks</th>
						<th scope="col">
							<span className="visually-hidden">Actions</span>
						</th>
					</tr>
				</thead>
				<tbody>
					{profiles.map((entry) => (
						<ProfileRow
							key={entry.name}
							entry={entry}
							onActivate={() => activate.run(entry.name)}
							onEdit={() => onEdit(entry.name)}
							onDelete={() => onDelete(entry.name)}
						/>
					))}
				</tbody>
			</table>
		</>
	);
}
