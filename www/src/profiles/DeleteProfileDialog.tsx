import type { ProfileEntry } from "roo-cloud-web";
import { useAction } from "../cloud/useAction";
import { useService } from "../cloud/useService";
import { FailureNotice } from "../failures/FailureNotice";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";

interface Props {
	entry: ProfileEntry;
	onClose: (message?: string) => void;
}

export function DeleteProfileDialog({ entry, onClose }: Props) {
	const cloud = useService();
	const { name, origin, hasSecret } = entry;
	const remove = useAction(async () => {
		await cloud.deleteProfile(name);
		onClose(`“${name}” is deleted from this device.`);
	});
	return (
		<Dialog title={`Delete ${name}?`} onClose={() => onClose()}>
			<p>
				{origin === "cloud"
					? "It belongs to your organization and comes back with the next merge."
					: "It exists on this device only and cannot be brought back."}
				{hasSecret ? " Its key is deleted with it." : ""}
			</p>
			<FailureNotice error={remove.error} attempt="Could not delete" />
			<div className="button-row dialog-actions">
				<Button onClick={() => onClose()}>Cancel</Button>
				<Button
					variant="danger"
					busy={remove.pending}
					onClick={() => remove.run()}
				>
					Delete
				</Button>
			</div>
		</Dialog>
	);
}
