import type { ProfileSyncResult } from "roo-cloud-web";
import { plural } from "../ui/numbers";
import { ConflictChoice } from "./ConflictChoice";
import { type ConflictChoices, conflictKey } from "./useConflictChoices";

interface Props {
	result: ProfileSyncResult;
	choices: ConflictChoices;
}

/** A merge, told before it happens. */
export function SyncPreview({ result, choices }: Props) {
	const { added, updated, deleted, renamed, conflicts, droppedSecrets } =
		result;
	return (
		<>
			<ul className="changes">
				<Change sign="+" verb="Add" names={added} />
				<Change sign="~" verb="Update" names={updated} />
				<Change
					sign="→"
					verb="Rename"
					names={renamed.map(({ from, to }) => `${from} to ${to}`)}
				/>
				<Change sign="−" verb="Delete" names={deleted} />
			</ul>
			{result.activeProfileChanged ? (
				<p className="hint">The active profile changes with it.</p>
			) : null}
			{droppedSecrets > 0 ? (
				<p className="hint">
					{plural(droppedSecrets, "secret")} in the cloud’s answer will be left
					out: keys never come from there.
				</p>
			) : null}
			{conflicts.map((conflict) => (
				<ConflictChoice
					key={conflictKey(conflict)}
					conflict={conflict}
					side={choices.chosen(conflict)}
					onChoose={(side) => choices.choose(conflict, side)}
				/>
			))}
		</>
	);
}

/** So many are named; more are counted. */
const NAMED = 20;

interface ChangeProps {
	sign: string;
	verb: string;
	names: readonly string[];
}

function Change({ sign, verb, names }: ChangeProps) {
	return names.length === 0 ? null : (
		<li>
			<span className="change-sign" aria-hidden="true">
				{sign}
			</span>
			<span>
				<strong>{verb}</strong> {names.slice(0, NAMED).join(", ")}
				{names.length > NAMED ? ` and ${names.length - NAMED} more` : null}
			</span>
		</li>
	);
}
