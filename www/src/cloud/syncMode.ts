/** Whether cloud profiles are merged as they arrive or when the user says so. */
export type SyncMode = "automatic" | "manual";

const KEY = "roo-dashboard.sync";

/** Manual by default: the dashboard shows what a sync would do before it does it. */
export function storedSyncMode(): SyncMode {
	try {
		return localStorage.getItem(KEY) === "automatic" ? "automatic" : "manual";
	} catch {
		return "manual";
	}
}

export function storeSyncMode(mode: SyncMode): void {
	try {
		localStorage.setItem(KEY, mode);
	} catch {
		// Storage is blocked: the choice holds for this page only.
	}
}
