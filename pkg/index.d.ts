/**
 * The face of `roo-cloud-web`: authentication, settings, provider profiles,
 * sharing and telemetry of Roo Code Cloud, for pages and webviews.
 *
 * Every failure is a {@link CloudError} with a stable `code`; every method of
 * {@link CloudService} is bound and may be passed on by itself.
 */

/**
 * Loads and instantiates the whole module once; later calls return the same promise; a failed load (LOAD_FAILED) may be tried again.
 * `createInstance` does without: it loads what a page begins with, and the rest follows by itself.
 * ```ts
 * import init from "roo-cloud-web";
 * await init("/assets/roo_cloud_web_bg.wasm");
 * ```
 */
export default function init(
	source?:
		| string
		| URL
		| Request
		| Response
		| BufferSource
		| WebAssembly.Module,
): Promise<void>;
/**
 * For builds that inline the bytes (no fetch in a webview, tests in Node).
 * ```ts
 * import { initSync } from "roo-cloud-web";
 * declare const bytes: ArrayBuffer; // of roo_cloud_web_bg.wasm
 * initSync(bytes);
 * ```
 */
export function initSync(source: BufferSource | WebAssembly.Module): void;

// Pure functions: no instance, no network, no storage; they work in Node and in workers too.
/**
 * The merge that syncProfiles does, on values. Throws INVALID_ARGUMENT, and NOT_INITIALIZED until `init()` has resolved; never touches its inputs.
 * ```ts
 * import { mergeProfiles } from "roo-cloud-web";
 * const { profiles, result } = mergeProfiles({ apiConfigs: {} }, { Team: { id: "p1", apiProvider: "anthropic" } });
 * console.log(result.added, profiles.apiConfigs.Team);
 * ```
 */
export function mergeProfiles(
	local: ProviderProfiles,
	cloud: Record<string, ProviderSettings>,
	options?: {
		activeProfileName?: string;
		resolve?: (conflict: FieldConflict) => "cloud" | "local";
	},
): { profiles: ProviderProfiles; result: ProfileSyncResult };
/**
 * Is this an answer to GET /api/extension-settings? Text, bytes or a parsed value. Bad single entries are left out with a warning.
 * Throws INVALID_RESPONSE, and NOT_INITIALIZED until `init()` has resolved.
 * ```ts
 * import { parseSettings } from "roo-cloud-web";
 * declare const body: string;
 * const { organization, warnings } = parseSettings(body);
 * console.log(organization.version, warnings);
 * ```
 */
export function parseSettings(body: string | Uint8Array | object): {
	organization: OrganizationSettings;
	user: UserSettingsData;
	warnings: string[];
};
/**
 * Throws INVALID_EVENT, naming the path of the fault.
 * ```ts
 * import { validateEvent, CloudError } from "roo-cloud-web";
 * try {
 * 	validateEvent({ type: "Task Created", properties: { taskId: "t1" } });
 * } catch (error) {
 * 	if (CloudError.is(error)) console.log(error.message); // appName and others are missing
 * }
 * ```
 */
export function validateEvent(event: TelemetryEvent): void;
/**
 * Whether `allowList` lets `profile` be used.
 * ```ts
 * import { isProfileAllowed } from "roo-cloud-web";
 * const allowList = { allowAll: false, providers: { anthropic: { allowAll: true } } };
 * isProfileAllowed({ apiProvider: "anthropic" }, allowList); // true
 * ```
 */
export function isProfileAllowed(
	profile: ProviderSettings,
	allowList: OrganizationAllowList,
): boolean;

/**
 * The client: one in each realm, made by `createInstance`.
 * ```ts
 * import { CloudService } from "roo-cloud-web";
 * if (CloudService.hasInstance()) CloudService.instance.subscribe(() => console.log("changed"));
 * ```
 */
export class CloudService {
	private constructor();
	/**
	 * Makes the one instance of this realm. Never fails on what it finds in storage. Fails with ALREADY_CREATED, CONFIG.
	 * ```ts
	 * import { CloudService } from "roo-cloud-web";
	 * const cloud = await CloudService.createInstance(
	 * 	{ apiUrl: "https://app.roocode.com", auth: { type: "token", token: "…" } },
	 * 	{ "auth-state-changed": ({ state }) => console.log(state) },
	 * );
	 * console.log(cloud.getAuthState());
	 * ```
	 */
	static createInstance(
		options: CloudOptions,
		handlers?: Partial<CloudEventHandlers>,
	): Promise<CloudService>;
	/** The one instance, the same object at each read. Throws NOT_INITIALIZED. */
	static readonly instance: CloudService;
	/**
	 * What a page can show before there is a client: what `host` kept of the snapshot of an earlier one with the same cloud and the same way to sign in,
	 * `initializing`, without settings. Undefined where nothing was kept. At once: it asks nobody and loads nothing. The client
	 * has it kept by itself.
	 * ```ts
	 * import { CloudService, type CloudOptions } from "roo-cloud-web";
	 * const options: CloudOptions = { apiUrl: "https://app.roocode.com", auth: { type: "token", token: "…" } };
	 * console.log(CloudService.keptSnapshot(options)?.userInfo?.name);
	 * const cloud = await CloudService.createInstance(options);
	 * console.log(cloud.getUserInfo()?.name);
	 * ```
	 */
	static keptSnapshot(options: CloudOptions): CloudSnapshot | undefined;
	/**
	 * Whether `createInstance` has made the instance of this realm.
	 * ```ts
	 * import { CloudService } from "roo-cloud-web";
	 * if (CloudService.hasInstance()) console.log(CloudService.instance.getAuthState());
	 * ```
	 */
	static hasInstance(): boolean;
	/**
	 * Disposes the instance, if there is one, and forgets it, so that another can be made.
	 * ```ts
	 * import { CloudService } from "roo-cloud-web";
	 * CloudService.resetInstance();
	 * ```
	 */
	static resetInstance(): void;
	/**
	 * Idempotent. Stops timers, aborts requests, settles what is pending with DISPOSED, keeps what is queued.
	 * ```ts
	 * cloud.dispose();
	 * ```
	 */
	dispose(): void;
	/** The same as `dispose`, for `using`. */
	[Symbol.dispose](): void;

	// Reading. All methods are bound: `useSyncExternalStore(cloud.subscribe, cloud.getSnapshot)` works as it stands.
	/**
	 * The same object until something in it changed.
	 * ```ts
	 * const { authState, profiles } = cloud.getSnapshot();
	 * console.log(authState, profiles.length);
	 * ```
	 */
	getSnapshot(): CloudSnapshot;
	/**
	 * Calls `listener` after each change of the snapshot; it is called with nothing and reads `getSnapshot()`.
	 * ```ts
	 * const unsubscribe = cloud.subscribe(() => console.log(cloud.getSnapshot().authState));
	 * unsubscribe();
	 * ```
	 */
	subscribe(listener: () => void): Unsubscribe;
	/**
	 * Listens to one kind of event. What a listener throws harms neither the client nor other listeners.
	 * ```ts
	 * const off = cloud.on("settings-updated", ({ warnings }) => console.warn(...warnings));
	 * off();
	 * ```
	 */
	on<E extends keyof CloudEvents>(
		event: E,
		handler: (data: CloudEvents[E]) => void,
	): Unsubscribe;
	/**
	 * As `on`, for the next event only.
	 * ```ts
	 * cloud.once("user-info", ({ userInfo }) => console.log(userInfo?.name));
	 * ```
	 */
	once<E extends keyof CloudEvents>(
		event: E,
		handler: (data: CloudEvents[E]) => void,
	): Unsubscribe;
	/**
	 * Takes a listener of `on` or `once` away again.
	 * ```ts
	 * const tell = () => console.log("profiles changed");
	 * cloud.on("profiles-changed", tell);
	 * cloud.off("profiles-changed", tell);
	 * ```
	 */
	off<E extends keyof CloudEvents>(
		event: E,
		handler: (data: CloudEvents[E]) => void,
	): void;
	/**
	 * What this page can do, found by trying.
	 * ```ts
	 * if (cloud.capabilities().storage === "memory") console.warn("A reload signs you out.");
	 * ```
	 */
	capabilities(): Capabilities;

	// AuthService
	/**
	 * Call it inside the click. Redirect mode leaves the page and never resolves in it; popup and host resolve with the user. Without
	 * `mode` it is the one of `auth`; a ticket goes through the host where that opens pages. A provider of one's own has no modes.
	 * ```ts
	 * document.querySelector("#sign-in")?.addEventListener("click", async () => {
	 * 	const user = await cloud.login({ mode: "popup" });
	 * 	console.log(user.name);
	 * });
	 * ```
	 */
	login(options?: LoginOptions): Promise<CloudUserInfo>;
	/**
	 * True where `url` answers a sign-in that this client began (its own `state`), and nothing else.
	 * ```ts
	 * if (cloud.isCallback(location.href)) await cloud.handleCallback(location.href);
	 * ```
	 */
	isCallback(url: string): boolean;
	/**
	 * Consumes the answer once; a second call with the same url returns the first call's promise.
	 * ```ts
	 * const user = await cloud.handleCallback(location.href);
	 * console.log(user.email);
	 * ```
	 */
	handleCallback(url: string): Promise<CloudUserInfo>;
	/**
	 * This device, all its tabs; `everywhere`: all devices of the person, where the server can do it.
	 *
	 * The browser stays signed in at the authorization server, so that the next sign-in may need no click. `endSession`: the page then leaves for the
	 * server's own page to sign out there too, where it has one, and comes back to `returnTo`, a path of this origin that the server knows as a
	 * `post_logout_redirect_uri`. Like a sign-in by redirect, it resolves only where the page stays. Where the extension opens pages, it opens this one.
	 * ```ts
	 * await cloud.logout({ everywhere: true });
	 * ```
	 */
	logout(options?: {
		everywhere?: boolean;
		endSession?: boolean;
		returnTo?: string;
	}): Promise<void>;
	/**
	 * Signed in: in `attempting-session`, `active-session` or `inactive-session`.
	 * ```ts
	 * const page = cloud.isAuthenticated() ? "home" : "sign-in";
	 * ```
	 */
	isAuthenticated(): boolean;
	/**
	 * Whether a session token is at hand and the cloud has accepted it (`active-session`).
	 * ```ts
	 * if (cloud.hasActiveSession()) await cloud.refreshSettings();
	 * ```
	 */
	hasActiveSession(): boolean;
	/**
	 * As `hasActiveSession`, or a first session is being fetched (`attempting-session`).
	 * ```ts
	 * const showSpinner = cloud.hasOrIsAcquiringActiveSession() && !cloud.hasActiveSession();
	 * ```
	 */
	hasOrIsAcquiringActiveSession(): boolean;
	/**
	 * Where the sign-in stands; `auth-state-changed` tells of each step.
	 * ```ts
	 * if (cloud.getAuthState() === "inactive-session") console.log("Signed in; the cloud does not answer.");
	 * ```
	 */
	getAuthState(): AuthState;
	/**
	 * Who is signed in, from `GET /api/me`; null when nobody is.
	 * ```ts
	 * const name = cloud.getUserInfo()?.name ?? "nobody";
	 * ```
	 */
	getUserInfo(): CloudUserInfo | null;
	/**
	 * Checked against the clock at each read.
	 * ```ts
	 * const token: string | undefined = cloud.getSessionToken();
	 * ```
	 */
	getSessionToken(): string | undefined;
	/**
	 * A session token good for at least `minTtlMs` milliseconds, refreshed if need be. With `dpop` it is worth nothing outside this client. Fails with NOT_AUTHENTICATED, TOKEN_EXPIRED, NETWORK, TIMEOUT.
	 * ```ts
	 * const token = await cloud.freshSessionToken({ minTtlMs: 30_000 });
	 * await fetch("https://app.roocode.com/api/me", { headers: { Authorization: `Bearer ${token}` } });
	 * ```
	 */
	freshSessionToken(
		options?: { minTtlMs?: number } & Abortable,
	): Promise<string>;
	/**
	 * The organization the session is in; null for the personal account.
	 * ```ts
	 * const isPersonal = cloud.getOrganizationId() === null;
	 * ```
	 */
	getOrganizationId(): string | null;
	/**
	 * The name of the organization the session is in; null for the personal account.
	 * ```ts
	 * const title = cloud.getOrganizationName() ?? "Personal account";
	 * ```
	 */
	getOrganizationName(): string | null;
	/**
	 * The role in that organization, as the cloud spells it; null for the personal account.
	 * ```ts
	 * const role: string | null = cloud.getOrganizationRole();
	 * ```
	 */
	getOrganizationRole(): string | null;
	/**
	 * The organizations this person can switch to. Fails with NOT_AUTHENTICATED, NETWORK.
	 * ```ts
	 * for (const { role, organization } of await cloud.getOrganizationMemberships()) console.log(organization.name, role);
	 * ```
	 */
	getOrganizationMemberships(
		options?: Abortable,
	): Promise<OrganizationMembership[]>;
	/**
	 * Puts the session into another organization (null: the personal account) and refreshes settings. Fails with NOT_AUTHENTICATED, FORBIDDEN, NETWORK.
	 * ```ts
	 * const [first] = await cloud.getOrganizationMemberships();
	 * await cloud.switchOrganization(first?.organization.id ?? null);
	 * ```
	 */
	switchOrganization(
		organizationId: string | null,
		options?: Abortable,
	): Promise<void>;

	// SettingsService
	/**
	 * Which providers and models the organization allows; everything while no settings are known.
	 * ```ts
	 * const { allowAll, providers } = cloud.getAllowList();
	 * console.log(allowAll ? "everything" : Object.keys(providers));
	 * ```
	 */
	getAllowList(): OrganizationAllowList;
	/**
	 * The last valid organization settings; undefined before the first.
	 * ```ts
	 * const version = cloud.getOrganizationSettings()?.version;
	 * ```
	 */
	getOrganizationSettings(): OrganizationSettings | undefined;
	/**
	 * The last valid user settings; undefined before the first.
	 * ```ts
	 * const settings = cloud.getUserSettings()?.settings;
	 * ```
	 */
	getUserSettings(): UserSettingsData | undefined;
	/**
	 * The features the cloud has given this user; empty before the first settings.
	 * ```ts
	 * const names = Object.keys(cloud.getUserFeatures());
	 * ```
	 */
	getUserFeatures(): Record<string, unknown>;
	/**
	 * What this user has chosen; empty before the first settings.
	 * ```ts
	 * const chosen = cloud.getUserSettingsConfig().taskSyncEnabled;
	 * ```
	 */
	getUserSettingsConfig(): UserSettingsConfig;
	/**
	 * Writes a choice of this user with its version. A version overtaken once is fetched and written again; twice is CONFLICT.
	 * Choices made at the same time are written together. One that finds no way to the cloud (NETWORK, TIMEOUT, RATE_LIMITED, SERVER) fails, but is
	 * kept, and written when there is a way, after a reload too.
	 * ```ts
	 * const { version } = await cloud.updateUserSettings({ taskSyncEnabled: false });
	 * ```
	 */
	updateUserSettings(
		patch: Partial<UserSettingsConfig>,
		options?: Abortable,
	): Promise<UserSettingsData>;
	/**
	 * Asks the cloud for settings now. Resolves with whether anything changed; what is in hand stays when it fails.
	 * ```ts
	 * const { changed, warnings } = await cloud.refreshSettings({ signal: AbortSignal.timeout(5_000) });
	 * ```
	 */
	refreshSettings(options?: Abortable): Promise<RefreshOutcome>;
	/**
	 * Whether task messages may be sent, by organization or user settings.
	 * ```ts
	 * if (!cloud.isTaskSyncEnabled()) console.log("Messages stay here.");
	 * ```
	 */
	isTaskSyncEnabled(): boolean;
	/**
	 * Whether the allow list of the organization lets this profile be used.
	 * ```ts
	 * cloud.isProfileAllowed({ apiProvider: "anthropic", apiModelId: "claude-sonnet-4" });
	 * ```
	 */
	isProfileAllowed(profile: ProviderSettings): boolean;

	// ProviderSettingsManager
	/**
	 * All profiles in document order, without their secrets.
	 * ```ts
	 * const names = cloud.listProfiles().map((profile) => profile.name);
	 * ```
	 */
	listProfiles(): ProfileEntry[];
	/**
	 * The settings of one profile, secrets included; undefined when there is none.
	 * ```ts
	 * const settings = cloud.getProfile({ name: "Team" });
	 * ```
	 */
	getProfile(
		by: { name: string } | { id: string },
	): ProviderSettings | undefined;
	/**
	 * Stores `settings` as the profile of this name, whole: what they leave out is gone, but for the id. A field of the cloud's that is changed here is
	 * a conflict in the next merge. Fails with INVALID_ARGUMENT, STORAGE_FULL.
	 * ```ts
	 * const entry = await cloud.saveProfile("Mine", { apiProvider: "ollama", ollamaModelId: "qwen3" });
	 * ```
	 */
	saveProfile(name: string, settings: ProviderSettings): Promise<ProfileEntry>;
	/**
	 * Deletes a profile from this device; one that the cloud has comes back with the next merge. Fails with INVALID_ARGUMENT: there is none of this
	 * name, or it is the last one.
	 * ```ts
	 * await cloud.deleteProfile("Mine");
	 * ```
	 */
	deleteProfile(name: string): Promise<void>;
	/**
	 * Makes a profile the active one. Fails with INVALID_ARGUMENT: there is none of this name.
	 * ```ts
	 * await cloud.activateProfile("Team");
	 * ```
	 */
	activateProfile(name: string): Promise<void>;
	/**
	 * Merges the cloud's profiles, as the settings in hand have them, into the stored ones, whole or not at all. It asks the cloud nothing:
	 * `refreshSettings` does. Fails with NOT_AUTHENTICATED where no settings are known, and as storage does.
	 * ```ts
	 * const { conflicts } = await cloud.syncProfiles({
	 * 	resolve: ({ field }) => (field === "modelTemperature" ? "local" : "cloud"),
	 * });
	 * ```
	 */
	syncProfiles(
		options?: { resolve?: ConflictResolver } & Abortable,
	): Promise<ProfileSyncResult>;
	/**
	 * What a sync would do now, field by field, without doing it. Throws NOT_INITIALIZED in the first moments of a page, while the part that merges
	 * is still loading; `await init()` waits for it.
	 * ```ts
	 * const { added, deleted } = cloud.previewProfileSync();
	 * ```
	 */
	previewProfileSync(): ProfileSyncResult;

	// CloudShareService
	/**
	 * Whether the organization lets tasks be shared.
	 * ```ts
	 * const disabled = !cloud.canShareTask();
	 * ```
	 */
	canShareTask(): boolean;
	/**
	 * Whether the organization lets tasks be shared with everybody who has the link.
	 * ```ts
	 * const visibility = cloud.canSharePublicly() ? "public" : "organization";
	 * ```
	 */
	canSharePublicly(): boolean;
	/**
	 * Call it inside the click: the clipboard write begins before anything is awaited. Resolves only for a share that exists (else FORBIDDEN,
	 * TASK_NOT_FOUND, SERVER …); a failed copy never fails the share.
	 * ```ts
	 * const { shareUrl, copied } = await cloud.shareTask("task-1", { visibility: "public" });
	 * if (!copied) prompt("Copy the link:", shareUrl);
	 * ```
	 */
	shareTask(
		taskId: string,
		options?: {
			visibility?: ShareVisibility;
			messages?: TaskMessage[];
			onProgress?: (p: Progress) => void;
		} & Abortable,
	): Promise<ShareResult>;

	// TelemetryClient
	/**
	 * Validates and queues; returns the event's id (UUIDv7) at once. What is not taken in (nobody is signed in, events are off, or filtered) has an id
	 * all the same, and is counted in `queueStats().dropped`. Throws INVALID_EVENT.
	 * ```ts
	 * // What the cloud wants of all its own types (appName, appVersion, …) comes from the option `telemetry.properties`.
	 * const id = cloud.captureEvent({ type: "Mode Switched", properties: { taskId: "t1", newMode: "code" } });
	 * ```
	 */
	captureEvent(event: TelemetryEvent): string;
	/**
	 * Tells of a step in the life of a task; queues what the cloud takes. Returns the id of the event.
	 * ```ts
	 * const id = cloud.emitTaskEvent("taskStarted", "task-1");
	 * ```
	 */
	emitTaskEvent<N extends keyof TaskEvents>(
		name: N,
		...payload: TaskEvents[N]
	): string;
	/**
	 * Event extension: teaches the client a new event type and how its properties are checked.
	 * ```ts
	 * cloud.defineEvent("Panel Opened", { type: "object", required: ["panel"], properties: { panel: { type: "string" } } });
	 * cloud.captureEvent({ type: "Panel Opened", properties: { panel: "usage" } });
	 * ```
	 */
	defineEvent(type: string, schema: EventSchema): void;
	/**
	 * Uploads all messages of a task, as sharing does when the cloud does not know the task: in one request, of at most 64 MiB. `onProgress` hears
	 * that it begins, how much has gone out where the browser says so (Chromium over HTTP/2; a VS Code extension), and at the end that the cloud has
	 * it; an own `fetch` can tell by calling `init.onUploadProgress({ sentBytes })`.
	 * ```ts
	 * await cloud.backfillMessages("task-1", [{ ts: Date.now(), type: "say", say: "text", text: "Hello" }], {
	 * 	onProgress: ({ sentBytes, totalBytes }) => console.log(sentBytes / totalBytes),
	 * });
	 * ```
	 */
	backfillMessages(
		taskId: string,
		messages: TaskMessage[],
		options?: { onProgress?: (p: Progress) => void } & Abortable,
	): Promise<void>;
	/**
	 * Sends what is queued now, whatever it waits for. Resolves when the queue is empty or `timeoutMs` has passed; fails as requests fail. What is not
	 * delivered stays queued.
	 * ```ts
	 * const { remaining } = await cloud.flush({ timeoutMs: 2_000 });
	 * ```
	 */
	flush(
		options?: { timeoutMs?: number } & Abortable,
	): Promise<{ delivered: number; remaining: number }>;
	/**
	 * What waits to be sent, was delivered and was dropped, by reason.
	 * ```ts
	 * const { queued, dropped } = cloud.queueStats();
	 * console.log(queued, dropped.overflow ?? 0);
	 * ```
	 */
	queueStats(): QueueStats;
	/**
	 * Opting out also purges what is queued.
	 * ```ts
	 * cloud.setTelemetryEnabled(false);
	 * ```
	 */
	setTelemetryEnabled(enabled: boolean): void;

	// CloudAPI
	/**
	 * The credit balance of the account, in US dollars.
	 * ```ts
	 * const ask = cloud.creditBalance; // bound, as all methods are
	 * const balance = await ask({ signal: AbortSignal.timeout(5_000) });
	 * ```
	 */
	creditBalance(options?: Abortable): Promise<number>;
	/**
	 * Tasks, tokens and costs (US dollars) per day over the last `days` days: 1 to 366, 30 where it is left out.
	 * ```ts
	 * const { data } = await cloud.usage(30);
	 * console.log(data.totals.cost);
	 * ```
	 */
	usage(days?: number, options?: Abortable): Promise<UsageStats>;
}

/** Ends what it was given for. Calling it twice does no harm. */
export type Unsubscribe = () => void;
/** What takes time can be given up: the call fails with ABORTED, or with TIMEOUT where the signal is one of `AbortSignal.timeout`. */
export interface Abortable {
	signal?: AbortSignal;
}
/** How much of an upload is done. */
export interface Progress {
	sentBytes: number;
	totalBytes: number;
}

/**
 * What `createInstance` takes. A wrong one is CONFIG, and the message names it.
 * ```ts
 * import type { CloudOptions } from "roo-cloud-web";
 * export const options: CloudOptions = {
 * 	apiUrl: "https://app.roocode.com",
 * 	auth: { type: "token", token: "…" },
 * 	profiles: { sync: "manual" },
 * };
 * ```
 */
export interface CloudOptions {
	/** The cloud's API: https, or http on a loopback host. */
	apiUrl: string;
	/** The way to sign in. */
	auth: OAuthOptions | TicketOptions | StaticTokenOptions | CustomAuthOptions;
	/** Where things are kept, sealed. `"auto"`, the default: the best that works here. `capabilities().storage` says what it came to. */
	storage?:
		| "auto"
		| "indexeddb"
		| "local"
		| "session"
		| "memory"
		| StorageAdapter;
	/** The extension on the other side of a webview. */
	host?: HostAdapter;
	settings?: {
		/** How old settings may become while the page is visible, in milliseconds: 5 minutes where it is left out, and at least 1000. */
		refreshIntervalMs?: number;
		/** Organization settings in place of the cloud's, or the base64 of their JSON. */
		static?: string | OrganizationSettings;
	};
	profiles?: {
		/** `"automatic"`, the default: profiles are merged when settings change. `"manual"`: by `syncProfiles` only. */
		sync?: "automatic" | "manual";
		/** Decides conflicts; without it the cloud wins. */
		resolve?: ConflictResolver;
	};
	telemetry?: {
		/** Whether events are taken in: true where it is left out. */
		enabled?: boolean;
		/** The most events in one request: 100 where it is left out. */
		batchSize?: number;
		/** How long an event waits for company, in milliseconds: 5 seconds where it is left out. */
		flushIntervalMs?: number;
		/** How much may wait for one account; beyond it the oldest make room. 8 MiB where it is left out. */
		maxQueueBytes?: number;
		/** The only types that are taken in. */
		include?: string[];
		/** Types that are not taken in. */
		exclude?: string[];
		/** Gives the properties that go with every event. */
		properties?: () => Record<string, unknown>;
		/** Changes an event before it is kept, or keeps it from being sent (null). */
		beforeSend?: (event: TelemetryEvent) => TelemetryEvent | null;
	};
	/** What requests go through, in place of the page's. */
	fetch?: typeof fetch;
	/** Hears what happens, without secrets. */
	logger?: (
		level: "debug" | "info" | "warn" | "error",
		message: string,
		context?: Record<string, unknown>,
	) => void;
}
/** Signing in with OAuth 2.0: authorization code with PKCE. `redirectUri` is where the browser comes back to. */
export interface OAuthOptions {
	type: "oauth";
	/** The authorization server, exactly as it calls itself. */
	issuer: string;
	clientId: string;
	redirectUri: string;
	/** `openid profile email offline_access` where they are left out. */
	scopes?: string[];
	/** How `login` signs in where it is not told: `"redirect"` where it is left out. */
	mode?: "redirect" | "popup" | "host";
	/** Tokens bound to a key of this installation (RFC 9449), and no others. */
	dpop?: boolean;
	/** The organization to sign in to; null: the personal account. */
	organizationId?: string | null;
}
/**
 * Needs `host.fetch` or an own `fetch`: the ticket server answers no browser origin. Sign-in leads to a page of the cloud, which
 * sends the person to `authRedirect`; whoever receives that url gives it to `handleCallback`.
 */
export interface TicketOptions {
	type: "ticket";
	/** `https://clerk.roocode.com` where it is left out. */
	clerkUrl?: string;
	/** `<scheme>://<publisher>.<name>` */
	authRedirect: string;
}
/** A session token that somebody else got, for CI: it is never stored or refreshed. */
export interface StaticTokenOptions {
	type: "token";
	token: string;
}
/** A way to sign in of your own. */
export interface CustomAuthOptions {
	type: "custom";
	provider: AuthProvider;
}
/**
 * Where session tokens come from, if neither from an authorization server nor from tickets. What it throws fails the call it was
 * asked for and no more: with its `code`, if that is a CloudErrorCode, else with NETWORK; what it says is not passed on. Only
 * TOKEN_EXPIRED or INVALID_CREDENTIALS from `refresh` end the session. It is not waited for longer than 10 seconds.
 * ```ts
 * import { CloudService, type AuthProvider } from "roo-cloud-web";
 * const provider: AuthProvider = {
 * 	type: "apikey",
 * 	async initialize() {},
 * 	async authenticate() {
 * 		const answer = await fetch("/session", { method: "POST" });
 * 		return { sessionToken: await answer.text(), expiresInSeconds: 600 };
 * 	},
 * 	refresh: () => provider.authenticate(),
 * };
 * await CloudService.createInstance({ apiUrl: "https://app.roocode.com", auth: { type: "custom", provider } });
 * ```
 */
export interface AuthProvider {
	type: "oauth" | "apikey" | "custom";
	/** Called once, by `createInstance`. */
	initialize(): Promise<void>;
	/**
	 * Called by `login`, where it may take a quarter of an hour; and without anybody's click where a page is opened, somebody had
	 * signed in, and no other tab has a token. Where it cannot answer then, it rejects with the code TOKEN_EXPIRED.
	 */
	authenticate(): Promise<AuthResult>;
	/** `previous` is its last answer, or holds the token alone where another tab got it. */
	refresh(previous: AuthResult): Promise<AuthResult>;
	/** Called when somebody signed out here; what is stored here is gone by then. */
	logout?(): Promise<void>;
}
/** What signing in, or refreshing, came to. */
export interface AuthResult {
	sessionToken: string;
	/** Where it is left out: good until the cloud refuses it. */
	expiresInSeconds?: number;
	userInfo?: CloudUserInfo;
}
/** How to sign in this time. */
export interface LoginOptions extends Abortable {
	/** `"redirect"` leaves the page, `"popup"` opens one beside it, `"host"` has the extension open it. */
	mode?: "redirect" | "popup" | "host";
	/** The organization to sign in to; null: the personal account. */
	organizationId?: string | null;
	/** A landing page of the cloud. */
	landingPageSlug?: string;
	/** Whoever signs in wants an account first. */
	signUp?: boolean;
	/** `"login"`: ask who it is, whoever is signed in there. `"select_account"`: let them choose. */
	prompt?: "login" | "select_account";
	/** A path of this origin that `handleCallback` puts into the address bar, without loading it, when a redirect came back. */
	returnTo?: string;
}

/**
 * A user's own key-value store. Values are opaque text, already sealed under a key that IndexedDB keeps; without IndexedDB it is not
 * used. What throws, or does not answer within 5 seconds, is STORAGE_UNAVAILABLE; a QuotaExceededError is STORAGE_FULL. `onChange` tells
 * of sign-ins and sign-outs elsewhere, where there is no BroadcastChannel that does.
 */
export interface StorageAdapter {
	get(key: string): Promise<string | null>;
	set(key: string, value: string): Promise<void>;
	delete(key: string): Promise<void>;
	keys(prefix: string): Promise<string[]>;
	onChange?(listener: (key: string) => void): Unsubscribe;
}
/** What a webview asks of its extension. Whatever of it is missing, throws or never answers fails its call and no more. */
export interface HostAdapter {
	/**
	 * Opens the page that people sign in on, for mode "host"; without it that mode fails with HOST_UNAVAILABLE. What it throws fails
	 * `login` with its `code`, if that is a CloudErrorCode.
	 */
	openExternal?(url: string): Promise<void>;
	/** Where this sign-in's answer is received, in place of `redirectUri`. A ticket's goes to `authRedirect`. */
	callbackUri?(): Promise<string>;
	/** Tells what was received; answers to other sign-ins than one's own are ignored. `handleCallback` does the same by hand. */
	onCallback?(listener: (url: string) => void): Unsubscribe;
	/** Copies where the page itself cannot. */
	writeClipboard?(text: string): Promise<void>;
	/** Where what signs people in lies, sealed, in place of `storage`; without IndexedDB, which keeps the key, it is not used. */
	secrets?: StorageAdapter;
	/** Sends all requests, unless an own `fetch` does. */
	fetch?: typeof fetch;
	/** Gives what `setState` was given last, at once and without asking anybody; `CloudService.keptSnapshot` is made of it. */
	getState?(): unknown;
	/**
	 * Keeps, while the page is gone, what may be shown before there is a client: who is signed in, and the entries of the profiles. It may lie
	 * in the open: no token, secret or setting is in it. Told whenever it changed; at sign-out, that nobody is signed in.
	 */
	setState?(state: unknown): void;
}

/** Every failure that leaves this package. Realms differ: use CloudError.is, not instanceof. */
export class CloudError extends Error {
	/**
	 * Whether it is a failure of this package, made in whichever realm.
	 * ```ts
	 * import { CloudError } from "roo-cloud-web";
	 * window.addEventListener("unhandledrejection", ({ reason }) => {
	 * 	if (CloudError.is(reason)) console.warn(reason.code);
	 * });
	 * ```
	 */
	static is(value: unknown): value is CloudError;
	readonly name: "CloudError";
	/** What went wrong; `message` says it in words, which may change. */
	readonly code: CloudErrorCode;
	/** Of whom it is: the sign-in, the cloud, other writers, the place it runs in, the caller. */
	readonly category: "auth" | "api" | "sync" | "platform" | "usage";
	/** Whether trying again later makes sense. */
	readonly retryable: boolean;
	/** The HTTP status, where it came of one. */
	readonly status?: number;
	/** How long the server asked to wait. */
	readonly retryAfterMs?: number;
}
/** What went wrong. A code never changes its meaning. */
export type CloudErrorCode =
	| "TOKEN_EXPIRED"
	| "INVALID_CREDENTIALS"
	| "NOT_AUTHENTICATED"
	| "CALLBACK_INVALID"
	| "STATE_MISMATCH"
	| "STATE_EXPIRED"
	| "ACCESS_DENIED"
	| "POPUP_BLOCKED"
	| "LOGIN_CANCELLED"
	| "UNSUPPORTED_BY_AUTH"
	| "NETWORK"
	| "TIMEOUT"
	| "ABORTED"
	| "RATE_LIMITED"
	| "SERVER"
	| "FORBIDDEN"
	| "NOT_FOUND"
	| "TASK_NOT_FOUND"
	| "INVALID_RESPONSE"
	| "CONFLICT"
	| "CORRUPT_DATA"
	| "VERSION_MISMATCH"
	| "STORAGE_UNAVAILABLE"
	| "STORAGE_FULL"
	| "CRYPTO_UNAVAILABLE"
	| "CLIPBOARD_DENIED"
	| "HOST_UNAVAILABLE"
	| "LOAD_FAILED"
	| "CONFIG"
	| "NOT_INITIALIZED"
	| "ALREADY_CREATED"
	| "DISPOSED"
	| "INVALID_EVENT"
	| "INVALID_ARGUMENT"
	| "INTERNAL";

/** Where the sign-in stands: `active-session` and `inactive-session` (signed in, the cloud does not answer) change places by themselves. */
export type AuthState =
	| "initializing"
	| "logged-out"
	| "attempting-session"
	| "active-session"
	| "inactive-session";
/**
 * The events, and what each tells.
 * ```ts
 * cloud.on("profiles-changed", ({ added, renamed }) => console.log(added, renamed.length));
 * ```
 */
export interface CloudEvents {
	"auth-state-changed": {
		state: AuthState;
		previousState: AuthState;
		cause?: CloudErrorCode;
	};
	"user-info": { userInfo: CloudUserInfo | null };
	"settings-updated": {
		organization: boolean;
		user: boolean;
		warnings: string[];
	};
	"profiles-changed": ProfileSyncResult;
	"profile-activated": { name: string; id?: string };
	"task-shared": ShareResult;
	"task-event": {
		id: string;
		name: string;
		category: TaskEventCategory;
		taskId?: string;
	};
	/** At most ten a second. */
	"queue-changed": QueueStats;
	"connection-changed": { online: boolean };
	"background-error": CloudError;
}
/** Listeners by event, as `createInstance` takes them: they hear the first event too. */
export type CloudEventHandlers = {
	[E in keyof CloudEvents]: (data: CloudEvents[E]) => void;
};

/** All that is known at a moment. It never changes: a change makes another one, which shares what stayed the same. */
export interface CloudSnapshot {
	readonly authState: AuthState;
	/** Who is signed in; null when nobody is. */
	readonly userInfo: CloudUserInfo | null;
	/** What the browser says of the network. */
	readonly online: boolean;
	/** The last valid ones; absent before the first. */
	readonly organizationSettings?: OrganizationSettings;
	readonly userSettings?: UserSettingsData;
	/** When the cloud last said that these settings are good, in milliseconds since 1970. */
	readonly settingsFetchedAt?: number;
	readonly settingsSource?: "network" | "other-tab" | "cache" | "static";
	/** In document order. */
	readonly profiles: readonly ProfileEntry[];
	/** The name of the active one. */
	readonly activeProfile?: string;
	readonly queue: QueueStats;
	/** The last failure that nobody waited for. */
	readonly lastError?: CloudError;
}
/** What this page can do, and how it keeps what it stores. */
export interface Capabilities {
	/** Where things are kept; `"memory"` is lost with the page. */
	storage: "indexeddb" | "local" | "session" | "memory" | "custom";
	/** Whether it is kept encrypted, under a key that no script can read. */
	sealed: boolean;
	/** Whether tabs take turns by Web Locks; by a lease in storage where not. */
	locks: boolean;
	/** Whether tabs hear one another. */
	broadcast: boolean;
	/** Whether a request can outlive its page. */
	keepalive: boolean;
	popup: boolean;
	/** How a link gets into the clipboard: begun in the click, written afterwards, by the extension, or not at all. */
	clipboard: "promise" | "text" | "host" | "none";
	/** Whether an extension is on the other side. */
	host: boolean;
	/** Whether the browser has promised not to throw storage away. */
	persistent: boolean;
}
/** What asking for settings came to. */
export interface RefreshOutcome {
	changed: boolean;
	source: "network" | "not-modified" | "other-tab";
	warnings: string[];
}

/** Who is signed in, and in which organization. */
export interface CloudUserInfo {
	id?: string;
	name?: string;
	email?: string;
	picture?: string;
	organizationId?: string;
	organizationName?: string;
	organizationRole?: string;
	organizationImageUrl?: string;
}
/** An organization that somebody belongs to, and as what. */
export interface OrganizationMembership {
	id: string;
	role: string;
	permissions?: string[];
	organization: { id: string; name: string; slug?: string; imageUrl?: string };
}
/** Which providers and models an organization allows. */
export interface OrganizationAllowList {
	allowAll: boolean;
	providers: Record<string, { allowAll: boolean; models?: string[] }>;
}
/** What an organization lets the cloud do. */
export interface OrganizationCloudSettings {
	recordTaskMessages?: boolean;
	enableTaskSharing?: boolean;
	allowPublicTaskSharing?: boolean;
	taskShareExpirationDays?: number;
	allowMembersViewAllTasks?: boolean;
	llmEnhancedFeaturesEnabled?: boolean;
	workspaceTaskVisibility?:
		| "all"
		| "list-only"
		| "admins-and-creator"
		| "creator"
		| "full-lockdown";
}
/** The settings of an organization, as the cloud sends them; unknown members are kept. */
export interface OrganizationSettings {
	version: number;
	cloudSettings?: OrganizationCloudSettings;
	defaultSettings: Record<string, unknown>;
	allowList: OrganizationAllowList;
	features?: Record<string, unknown>;
	hiddenMcps?: string[];
	hideMarketplaceMcps?: boolean;
	mcps?: Record<string, unknown>[];
	providerProfiles?: Record<string, ProviderSettings>;
}
/** What a user can choose. */
export interface UserSettingsConfig {
	taskSyncEnabled?: boolean;
	llmEnhancedFeaturesEnabled?: boolean;
}
/** The settings of a user, as the cloud sends them. */
export interface UserSettingsData {
	features: Record<string, unknown>;
	settings: UserSettingsConfig;
	version: number;
}

/** Its fields are in tests/reference/schemas/provider-profile.schema.json of the repository; unknown members are kept. */
export interface ProviderSettings {
	id?: string;
	apiProvider?: string;
	[setting: string]: unknown;
}
/** The stored document: what the reference keeps, plus what the last sync saw (`base`) for field-by-field conflicts. */
export interface ProviderProfiles {
	currentApiConfigName?: string;
	apiConfigs: Record<string, ProviderSettings>;
	cloudProfileIds?: string[];
	base?: Record<string, ProviderSettings>;
	[member: string]: unknown;
}
/** A provider profile in a list, without its settings. */
export interface ProfileEntry {
	name: string;
	id?: string;
	apiProvider?: string;
	modelId?: string;
	origin: "cloud" | "local";
	active: boolean;
	allowed: boolean;
	hasSecret: boolean;
	locallyChanged: boolean;
}
/** What a merge changed, by names of profiles. */
export interface ProfileSyncResult {
	hasChanges: boolean;
	activeProfileChanged: boolean;
	activeProfileId: string;
	added: string[];
	updated: string[];
	deleted: string[];
	renamed: { from: string; to: string }[];
	conflicts: FieldConflict[];
	droppedSecrets: number;
}
/** A non-secret field whose local value differs from both what the last sync saw and what the cloud says now. */
export interface FieldConflict {
	profile: string;
	field: string;
	local: unknown;
	cloud: unknown;
	base: unknown;
	taken: "cloud" | "local";
}
/**
 * Decides which value of a field stands.
 * ```ts
 * import type { ConflictResolver } from "roo-cloud-web";
 * export const mine: ConflictResolver = ({ field }) => (field.startsWith("model") ? "local" : "cloud");
 * ```
 */
export type ConflictResolver = (
	conflict: FieldConflict,
) => "cloud" | "local" | Promise<"cloud" | "local">;

/** Who may see a shared task: the organization, or everybody with the link. */
export type ShareVisibility = "organization" | "public";
/** A share that exists, and whether its link lies in the clipboard. */
export interface ShareResult {
	shareUrl: string;
	isNewShare?: boolean;
	manageUrl?: string;
	/** In milliseconds since 1970, from `taskShareExpirationDays`; absent without it. */
	expiresAt?: number;
	/** Whether the link lies in the clipboard; if not, `copyFailure` says why. */
	copied: boolean;
	copyFailure?: CloudErrorCode;
}

/** An event: one of the cloud's types, or one taught by `defineEvent`. */
export interface TelemetryEvent {
	type: string;
	properties?: Record<string, unknown>;
}
/** How the properties of an event are checked: a JSON Schema, or a function that gives true, or false or what is wrong. */
export type EventSchema =
	| Record<string, unknown>
	| ((properties: Record<string, unknown>) => boolean | string);
/** What waits to be sent, and what became of the rest. Sizes in bytes, times in milliseconds. */
export interface QueueStats {
	/** How many wait, of whoever is signed in. */
	queued: number;
	bytes: number;
	/** How many of those would be lost if the page ended now. */
	unstored: number;
	inFlight: number;
	/** How many the cloud has named since the page was opened. */
	delivered: number;
	/** How many were dropped, by reason. */
	dropped: Record<string, number>;
	oldestAgeMs?: number;
	/** When sending is tried again, in milliseconds since 1970. */
	pausedUntil?: number;
}
/** A message of a task, as the editor keeps it; unknown members are kept. */
export interface TaskMessage {
	ts: number;
	type: "ask" | "say";
	ask?: string;
	say?: string;
	text?: string;
	images?: string[];
	partial?: boolean;
	[field: string]: unknown;
}
/** What a task used: tokens, and the cost in US dollars. */
export interface TokenUsage {
	totalTokensIn: number;
	totalTokensOut: number;
	totalCacheWrites?: number;
	totalCacheReads?: number;
	totalCost: number;
	contextTokens: number;
}
/** How often each tool was tried, and failed. */
export type ToolUsage = Record<string, { attempts: number; failures: number }>;
/** What an event of a task is about. */
export type TaskEventCategory =
	| "lifecycle"
	| "state"
	| "subtask"
	| "execution"
	| "analytics"
	| "configuration";
/** The events in the life of a task, and what each is given. */
export interface TaskEvents {
	taskCreated: [taskId: string];
	taskStarted: [taskId: string];
	taskAborted: [taskId: string];
	taskCompleted: [
		taskId: string,
		tokenUsage: TokenUsage,
		toolUsage: ToolUsage,
		meta: { isSubtask: boolean },
	];
	taskFocused: [taskId: string];
	taskUnfocused: [taskId: string];
	taskActive: [taskId: string];
	taskInteractive: [taskId: string];
	taskResumable: [taskId: string];
	taskIdle: [taskId: string];
	taskPaused: [taskId: string];
	taskUnpaused: [taskId: string];
	taskSpawned: [parentTaskId: string, childTaskId: string];
	taskDelegated: [parentTaskId: string, childTaskId: string];
	taskDelegationResumed: [parentTaskId: string, childTaskId: string];
	taskDelegationCompleted: [
		parentTaskId: string,
		childTaskId: string,
		summary: string,
	];
	message: [
		event: {
			taskId: string;
			action: "created" | "updated";
			message: TaskMessage;
		},
	];
	taskModeSwitched: [taskId: string, mode: string];
	taskAskResponded: [taskId: string];
	taskUserMessage: [taskId: string];
	queuedMessagesUpdated: [
		taskId: string,
		messages: {
			timestamp: number;
			id: string;
			text: string;
			images?: string[];
		}[],
	];
	taskTokenUsageUpdated: [
		taskId: string,
		tokenUsage: TokenUsage,
		toolUsage: ToolUsage,
	];
	taskToolFailed: [taskId: string, tool: string, error: string];
	modeChanged: [mode: string];
	providerProfileChanged: [profile: { name: string; provider: string }];
}
/** Tasks, tokens and costs (US dollars) per day. */
export interface UsageStats {
	success: boolean;
	period: number;
	data: {
		dates: string[];
		tasks: number[];
		tokens: number[];
		costs: number[];
		totals: { tasks: number; tokens: number; cost: number };
	};
}
