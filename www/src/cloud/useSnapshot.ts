import { useSyncExternalStore } from "react";
import type { CloudSnapshot } from "roo-cloud-web";
import { useCloud } from "./useCloud";

/** What the client knows now; renders again when that changes. */
export function useSnapshot(): CloudSnapshot {
	const cloud = useCloud();
	return useSyncExternalStore(cloud.subscribe, cloud.getSnapshot);
}
