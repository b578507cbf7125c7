import type { ProfileSyncResult } from "roo-cloud-web";
import { plural } from "../ui/numbers";

/** What a sync did, in one line. */
export function syncInWords(result: ProfileSyncResult): string {
	const parts = [
		counted(result.added.length, "added"),
		counted(result.updated.length, "updated"),
		counted(result.renamed.length, "renamed"),
		counted(result.deleted.length, "deleted"),
	].filter((part) => part !== undefined);
	const changes =
		parts.length > 0
			? `Profiles: ${parts.join(", ")}`
			: "Profiles are up to date";
	const conflicts =
		result.conflicts.length > 0
			? `; ${plural(result.conflicts.length, "conflict")} settled`
			: "";
	const secrets =
		result.droppedSecrets > 0
			? `; ${plural(result.droppedSecrets, "secret")} from the cloud refused`
			: "";
	return `${changes}${conflicts}${secrets}`;
}

function counted(number: number, what: string): string | undefined {
	return number > 0 ? `${number} ${what}` : undefined;
}
