import type { Capabilities } from "roo-cloud-web";
import { useService } from "../cloud/useService";
import { Facts } from "../ui/Facts";
import { Panel } from "../ui/Panel";

const STORAGE: Readonly<Record<Capabilities["storage"], string>> = {
	indexeddb: "IndexedDB",
	local: "localStorage",
	session: "sessionStorage, until this tab closes",
	memory: "memory, until this page closes",
	custom: "a store of its own",
};

const CLIPBOARD: Readonly<Record<Capabilities["clipboard"], string>> = {
	promise: "a link is copied as soon as it exists",
	text: "a link is copied if it comes quickly",
	host: "the editor around this page copies",
	none: "links are copied by hand",
};

/** What this browser lets the page do, found by trying. */
export function CapabilitiesPanel() {
	const can = useService().capabilities();
	return (
		<Panel title="This browser">
			<Facts
				facts={[
					{ name: "Storage", value: STORAGE[can.storage] },
					{
						name: "Stored secrets",
						value: can.sealed ? "encrypted" : "none: encryption is missing",
					},
					{
						name: "Kept when space is short",
						value: can.persistent ? "yes" : "not promised",
					},
					{
						name: "Tabs take turns",
						value: can.locks ? "with locks" : "with leases: locks are missing",
					},
					{
						name: "Tabs tell each other",
						value: can.broadcast
							? "at once"
							: "when they look into the storage",
					},
					{
						name: "Sign-in by popup",
						value: can.popup ? "possible" : "not here",
					},
					{ name: "Clipboard", value: CLIPBOARD[can.clipboard] },
					{
						name: "Sending while closing",
						value: can.keepalive ? "possible" : "at the next visit",
					},
					{
						name: "Inside an editor",
						value: can.host ? "yes" : "no",
					},
				]}
			/>
		</Panel>
	);
}
