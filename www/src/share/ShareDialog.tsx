import { useState } from "react";
import type { Progress, ShareVisibility } from "roo-cloud-web";
import { useAction } from "../cloud/useAction";
import { useService } from "../cloud/useService";
import { FailureNotice } from "../failures/FailureNotice";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { ExpiryHint } from "./ExpiryHint";
import { ShareOutcome } from "./ShareOutcome";
import type { ShareableTask } from "./SharePanel";
import { VisibilityChoice } from "./VisibilityChoice";

interface Props {
	task: ShareableTask;
	onClose: () => void;
}

export function ShareDialog({ task, onClose }: Props) {
	const cloud = useService();
	const inOrganization = cloud.getOrganizationId() !== null;
	const [visibility, setVisibility] = useState<ShareVisibility>(
		inOrganization ? "organization" : "public",
	);
	const [progress, setProgress] = useState<Progress>();
	/** Leaving the dialog stops what it started. */
	const [closing] = useState(() => new AbortController());
	const close = () => {
		closing.abort();
		onClose();
	};

	const share = useAction(() => {
		setProgress(undefined);
		return cloud.shareTask(task.id, {
			visibility,
			onProgress: setProgress,
			signal: closing.signal,
			...(task.messages ? { messages: task.messages } : {}),
		});
	});

	return (
		<Dialog title={`Share “${task.title}”`} onClose={close}>
			{share.result ? null : (
				<>
					<VisibilityChoice
						value={visibility}
						refusals={{
							...(inOrganization
								? {}
								: { organization: "You are in your personal account." }),
							...(cloud.canSharePublicly()
								? {}
								: { public: "Your organization does not allow it." }),
						}}
						onChange={setVisibility}
					/>
					<ExpiryHint />
				</>
			)}
			{share.pending && progress ? (
				<p>
					<label htmlFor="share-progress">Sending the task’s messages</label>
					<progress
						id="share-progress"
						value={progress.sentBytes}
						max={progress.totalBytes}
					/>
				</p>
			) : null}
			<FailureNotice error={share.error} attempt="Could not share" />
			<ShareOutcome result={share.result} />
			<div className="button-row dialog-actions">
				<Button onClick={close}>{share.result ? "Done" : "Cancel"}</Button>
				{share.result ? null : (
					<Button
						variant="primary"
						busy={share.pending}
						onClick={() => share.run()}
					>
						{share.error === undefined
							? "Share and copy the link"
							: "Try again"}
					</Button>
				)}
			</div>
		</Dialog>
	);
}
