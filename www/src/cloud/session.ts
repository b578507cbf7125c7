import init, { CloudService } from "roo-cloud-web";
import { feedHandlers } from "../activity/feed";
import { type DashboardConfig, loadConfig } from "./config";
import { type SyncMode, storedSyncMode, storeSyncMode } from "./syncMode";

/** How far the page is from a working client. */
export type Session =
	| { phase: "starting"; step: "configuration" | "module" | "sign-in" }
	| { phase: "failed"; error: unknown }
	| {
			phase: "ready";
			cloud: CloudService;
			apiUrl: string;
			syncMode: SyncMode;
			/** The sign-in that led to this page did not end well. */
			callbackFailure?: unknown;
	  };

const CALLBACK_PATH = "/callback";

let session: Session = { phase: "starting", step: "configuration" };
const listeners = new Set<() => void>();

export function subscribeSession(listener: () => void): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

export function readSession(): Session {
	return session;
}

function advance(next: Session): void {
	session = next;
	for (const listener of [...listeners]) {
		listener();
	}
}

/**
 * Makes the client, once for the page and outside of React: StrictMode mounts
 * components twice, and a realm has one `CloudService`.
 */
export async function startSession(): Promise<void> {
	try {
		advance({ phase: "starting", step: "configuration" });
		const config = await loadConfig();
		advance({ phase: "starting", step: "module" });
		await init();
		const cloud = await createClient(config);
		const callbackFailure = await finishSignIn(cloud);
		advance({
			phase: "ready",
			cloud,
			apiUrl: config.apiUrl,
			syncMode: storedSyncMode(),
			...(callbackFailure === undefined ? {} : { callbackFailure }),
		});
	} catch (error) {
		advance({ phase: "failed", error });
	}
}

/** Options are fixed at creation, so another way to merge means another client. */
export async function changeSyncMode(mode: SyncMode): Promise<void> {
	storeSyncMode(mode);
	await startSession();
}

function createClient(config: DashboardConfig): Promise<CloudService> {
	CloudService.resetInstance();
	return CloudService.createInstance(
		{
			apiUrl: config.apiUrl,
			auth: {
				type: "oauth",
				issuer: config.issuer,
				clientId: config.clientId,
				redirectUri: `${location.origin}${CALLBACK_PATH}`,
			},
			profiles: { sync: storedSyncMode() },
			telemetry: { properties: applicationProperties },
		},
		feedHandlers(),
	);
}

/** What every event says of where it was captured. */
function applicationProperties(): Record<string, unknown> {
	return {
		appName: "roo-cloud-web-dashboard",
		appVersion: "0.1.0",
		vscodeVersion: "none",
		platform: "web",
		editorName: "browser",
		language: navigator.language,
		mode: "code",
	};
}

/** Returns the failure of the sign-in whose answer this page's address is. */
async function finishSignIn(cloud: CloudService): Promise<unknown> {
	const answered = location.href;
	if (location.pathname !== CALLBACK_PATH && !cloud.isCallback(answered)) {
		return undefined;
	}
	advance({ phase: "starting", step: "sign-in" });
	try {
		await cloud.handleCallback(answered);
		return undefined;
	} catch (error) {
		return error;
	} finally {
		if (location.pathname === CALLBACK_PATH) {
			history.replaceState(null, "", "/");
		}
	}
}
