import { useCloud } from "roo-cloud-web/react";
import { changeSyncMode } from "../cloud/session";
import type { SyncMode } from "../cloud/syncMode";
import { useAction } from "../cloud/useAction";
import { useService } from "../cloud/useService";
import { FailureNotice } from "../failures/FailureNotice";
import { Button } from "../ui/Button";
import { Status } from "../ui/Status";
import { Switch } from "../ui/Switch";
import { SyncPreview } from "./SyncPreview";
import { syncInWords } from "./syncInWords";
import { useConflictChoices } from "./useConflictChoices";
import { useSyncPreview } from "./useSyncPreview";

/** What the next merge would do, the choices it leaves open, and the merge itself. */
export function SyncSection({ syncMode }: { syncMode: SyncMode }) {
	const cloud = useService();
	const organizationSettings = useCloud(
		(snapshot) => snapshot.organizationSettings,
	);
	const preview = useSyncPreview();
	const choices = useConflictChoices();
	const merge = useAction(() =>
		cloud.syncProfiles({ resolve: choices.chosen }),
	);
	const waiting =
		preview.result !== undefined &&
		(preview.result.hasChanges || preview.result.conflicts.length > 0);

	return (
		<div className="sync">
			<Switch
				label="Merge cloud profiles as they arrive"
				hint="Off: you see what would change first. On: the cloud wins a conflict."
				checked={syncMode === "automatic"}
				onChange={(automatic) =>
					void changeSyncMode(automatic ? "automatic" : "manual")
				}
			/>
			{waiting && preview.result ? (
				<section className="preview" aria-label="The next merge">
					<h3>The next merge</h3>
					<SyncPreview result={preview.result} choices={choices} />
					<Button
						variant="primary"
						busy={merge.pending}
						onClick={() => merge.run()}
					>
						Merge now
					</Button>
				</section>
			) : null}
			<Status>
				{merge.result && !waiting ? `${syncInWords(merge.result)}.` : null}
				{!merge.result && !waiting && organizationSettings
					? "Your profiles are in step with the cloud."
					: null}
			</Status>
			<FailureNotice
				error={merge.error ?? preview.error}
				attempt="Could not merge"
				onDismiss={merge.reset}
			/>
		</div>
	);
}
