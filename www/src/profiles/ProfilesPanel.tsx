import { useEffect, useRef, useState } from "react";
import { useCloud } from "roo-cloud-web/react";
import type { SyncMode } from "../cloud/syncMode";
import { Button } from "../ui/Button";
import { Panel } from "../ui/Panel";
import { Status } from "../ui/Status";
import { DeleteProfileDialog } from "./DeleteProfileDialog";
import { ProfileDialog } from "./ProfileDialog";
import { ProfileTable } from "./ProfileTable";
import { SyncSection } from "./SyncSection";

type Open =
	| { dialog: "add" }
	| { dialog: "edit"; name: string }
	| { dialog: "delete"; name: string };

/** The provider profiles: those of this device and those of the cloud. */
export function ProfilesPanel({ syncMode }: { syncMode: SyncMode }) {
	const profiles = useCloud((snapshot) => snapshot.profiles);
	const [open, setOpen] = useState<Open>();
	const [done, setDone] = useState<string>();
	const addButton = useRef<HTMLButtonElement>(null);
	const close = (message?: string) => {
		setOpen(undefined);
		setDone(message);
	};
	const opened =
		open && open.dialog !== "add"
			? profiles.find(({ name }) => name === open.name)
			: undefined;

	// The button that opened a dialog may be gone with its row, and the focus with it.
	useEffect(() => {
		if (done !== undefined && document.activeElement === document.body) {
			addButton.current?.focus();
		}
	}, [done]);

	return (
		<Panel
			title="Provider profiles"
			actions={
				<Button ref={addButton} onClick={() => setOpen({ dialog: "add" })}>
					Add profile
				</Button>
			}
		>
			<SyncSection syncMode={syncMode} />
			<Status>{done}</Status>
			<ProfileTable
				profiles={profiles}
				onEdit={(name) => setOpen({ dialog: "edit", name })}
				onDelete={(name) => setOpen({ dialog: "delete", name })}
			/>
			{open?.dialog === "add" ? <ProfileDialog onClose={close} /> : null}
			{open?.dialog === "edit" && opened ? (
				<ProfileDialog entry={opened} onClose={close} />
			) : null}
			{open?.dialog === "delete" && opened ? (
				<DeleteProfileDialog entry={opened} onClose={close} />
			) : null}
		</Panel>
	);
}
