// The face of the module: names, bound methods, listeners. No policy: what is decided, is decided in Rust.

import { begun, closeEarly, openEarly } from "./browser.js";
// What wasm-bindgen makes; the build puts it beside this.
import load, * as wasm from "./glue.js";
import { keep, kept } from "./kept.js";
import { connect, loadCarried, loadCarriedNow } from "./part.js";

const BRAND = Symbol.for("roo-cloud-web.CloudError");

export class CloudError extends Error {
	constructor(code, message, category, retryable, status, retryAfterMs) {
		super(message);
		this.name = "CloudError";
		this.code = code;
		this.category = category;
		this.retryable = retryable;
		if (status !== undefined) this.status = status;
		if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
	}

	get [BRAND]() {
		return true;
	}

	static is(value) {
		return value?.[BRAND] === true;
	}
}

const usage = (code, message) => new CloudError(code, message, "usage", false);

let starting;
let loading;
let loaded = false;
let carried;

/** For inline.js alone, which carries the module: what to load where nobody says what. */
export function carry(module) {
	carried = module;
}

function ready() {
	wasm.setErrorClass(CloudError);
	loaded = true;
}

/** Loads what a page begins with; the rest follows by itself once there is a client. */
function start(source) {
	const given = source ?? carried?.();
	starting ??= load(given === undefined ? undefined : { module_or_path: given })
		.then(() => {
			connect(wasm);
			return loadCarried();
		})
		.then(ready, (cause) => {
			starting = undefined;
			const error = new CloudError(
				"LOAD_FAILED",
				"roo-cloud-web could not load its module; is its folder wasm/ served beside it, and does the page's CSP allow 'wasm-unsafe-eval'?",
				"platform",
				true,
			);
			error.cause = cause;
			throw error;
		});
	return starting;
}

export default function init(source) {
	loading ??= start(source)
		.then(() => wasm.loadParts())
		.catch((error) => {
			loading = undefined;
			throw error;
		});
	return loading;
}

export function initSync(source) {
	if (loaded) return;
	wasm.initSync({ module: source });
	connect(wasm);
	loadCarriedNow();
	ready();
	starting = Promise.resolve();
	loading = starting;
}

/** Everything goes through here: the module must be there, and sound. */
function module() {
	if (!loaded)
		throw usage("NOT_INITIALIZED", "call init() first, and await it");
	if (wasm.hasPanicked()) {
		throw usage(
			"INTERNAL",
			"roo-cloud-web has a fault and stopped; reload the page",
		);
	}
	return wasm;
}

export const mergeProfiles = (local, cloud, options) =>
	module().mergeProfiles(local, cloud, options);
export const parseSettings = (body) => module().parseSettings(body);
export const validateEvent = (event) => module().validateEvent(event);
export const isProfileAllowed = (profile, allowList) =>
	module().isProfileAllowed(profile, allowList);

/** The bytes of an event's id, on their way out of the module. */
const ID = new Uint8Array(16);
const HEX = Array.from(Array(256), (_, byte) =>
	byte.toString(16).padStart(2, "0"),
);

/** The UUID of 16 bytes as text. Written out: a loop, or a TextDecoder for its letters, takes most of a microsecond more. */
const uuid = (id) =>
	`${HEX[id[0]]}${HEX[id[1]]}${HEX[id[2]]}${HEX[id[3]]}-${HEX[id[4]]}${HEX[id[5]]}-${HEX[id[6]]}${HEX[id[7]]}-${HEX[id[8]]}${HEX[id[9]]}-${HEX[id[10]]}${HEX[id[11]]}${HEX[id[12]]}${HEX[id[13]]}${HEX[id[14]]}${HEX[id[15]]}`;

/** The JSON of `value`; nothing where JSON cannot say it. */
function said(value) {
	try {
		return JSON.stringify(value);
	} catch {}
}

/** What a watched body is handed over in, in bytes; and how much of it may be taken before it is known that it cannot go like that. */
const PIECE = 65_536;
const TAKEN_AHEAD = 16 * PIECE;

/** Whether a request's body may be a stream here. (Who does not know of them sends their name.) */
function takesStreams() {
	let isAsked = false;
	const { headers } = new Request("https://localhost", {
		method: "POST",
		body: new ReadableStream(),
		get duplex() {
			isAsked = true;
			return "half";
		},
	});
	return isAsked && !headers.has("Content-Type");
}

/**
 * As `fetch`, for a body whose way out is watched: it goes in pieces, and how many were taken is told. Chromium does so over HTTP/2 alone; where it
 * cannot be, the body goes whole. (XMLHttpRequest would tell everywhere, but posts the body wherever a redirect leads.)
 */
async function upload(url, init) {
	if (takesStreams()) {
		const { body, signal, onUploadProgress } = init;
		let sentBytes = 0;
		let isOver = false;
		const pieces = new ReadableStream(
			{
				pull(controller) {
					const taken = { sentBytes };
					const piece = body.subarray(sentBytes, sentBytes + PIECE);
					sentBytes += piece.length;
					if (piece.length > 0) controller.enqueue(piece);
					else controller.close();
					// Chromium goes on with a request that is aborted in here.
					setTimeout(() => isOver || signal.aborted || onUploadProgress(taken));
				},
			},
			{ highWaterMark: 0 },
		);
		try {
			const answer = await fetch(url, {
				...init,
				body: pieces,
				duplex: "half",
			});
			// Length Required (RFC 9110, 15.5.12).
			if (answer.status !== 411) return answer;
		} catch (error) {
			if (signal.aborted || sentBytes > TAKEN_AHEAD) throw error;
		} finally {
			isOver = true;
		}
	}
	return fetch(url, init);
}

/** Calls `listener`; what it throws is reported like any uncaught error, and harms nobody here. */
function tell(listener, data) {
	try {
		listener(data);
	} catch (error) {
		(globalThis.reportError ?? console.error)(error);
	}
}

/** The one instance of this realm, or the promise of it. */
let current;

const METHODS = ["dispose", "getSnapshot", "subscribe", "on", "once", "off"];

export class CloudService {
	#client;
	#options;
	#listeners = new Map();
	#subscribers = new Set();
	#disposed = false;

	static async createInstance(options, handlers = {}) {
		if (current) {
			throw usage(
				"ALREADY_CREATED",
				"there is an instance in this realm; resetInstance() makes room",
			);
		}
		const service = new CloudService();
		current = { service, ready: false };
		const mine = current;
		try {
			// First: a start waits for the database longer than for the module.
			openEarly(options);
			await start();
			for (const [event, handler] of Object.entries(handlers)) {
				if (handler) service.on(event, handler);
			}
			service.#client = await module().createClient(
				options,
				service.#emit,
				upload,
			);
			begun();
			service.#options = options;
			keep(options, service, "user-info");
		} catch (error) {
			if (current === mine) current = undefined;
			closeEarly();
			throw error;
		}
		if (current !== mine) {
			service.dispose();
			throw usage(
				"DISPOSED",
				"resetInstance() was called while the instance was made",
			);
		}
		mine.ready = true;
		return service;
	}

	static get instance() {
		if (!current?.ready)
			throw usage(
				"NOT_INITIALIZED",
				"call createInstance() first, and await it",
			);
		return current.service;
	}

	static keptSnapshot(options) {
		return kept(options);
	}

	static hasInstance() {
		return current?.ready === true;
	}

	static resetInstance() {
		const was = current;
		current = undefined;
		if (was?.ready) was.service.dispose();
	}

	constructor() {
		for (const name of METHODS) this[name] = this[name].bind(this);
	}

	#emit = (event, data) => {
		// One of them may take another off, or dispose of the client.
		for (const listener of [...(this.#listeners.get(event) ?? [])])
			if (this.#listeners.get(event)?.has(listener)) tell(listener, data);
		for (const subscriber of [...this.#subscribers])
			if (this.#subscribers.has(subscriber)) tell(subscriber);
		if (this.#options) keep(this.#options, this, event);
	};

	/** The client, for a call that needs it whole. */
	get #live() {
		module();
		if (this.#disposed) throw usage("DISPOSED", "the client was disposed of");
		return this.#client;
	}

	dispose() {
		if (this.#disposed) return;
		this.#disposed = true;
		if (current?.service === this) current = undefined;
		this.#listeners.clear();
		this.#subscribers.clear();
		if (!wasm.hasPanicked()) this.#client?.dispose();
	}

	[Symbol.dispose ?? Symbol.for("Symbol.dispose")]() {
		this.dispose();
	}

	getSnapshot() {
		module();
		return this.#client.snapshot();
	}

	subscribe(listener) {
		// Wrapped, so that one function given twice is two subscriptions.
		const subscriber = () => listener();
		this.#subscribers.add(subscriber);
		return () => this.#subscribers.delete(subscriber);
	}

	on(event, handler) {
		const listeners = this.#listeners.get(event) ?? new Set();
		this.#listeners.set(event, listeners.add(handler));
		return () => this.off(event, handler);
	}

	once(event, handler) {
		const off = this.on(event, (data) => {
			off();
			handler(data);
		});
		return off;
	}

	off(event, handler) {
		this.#listeners.get(event)?.delete(handler);
	}

	capabilities = () => this.#live.capabilities();

	login = (options) => this.#promise((client) => client.login(options));
	isCallback = (url) => this.#live.isCallback(url);
	#callbacks = new Map();
	handleCallback = (url) => {
		// The very same promise for the same url: StrictMode asks twice.
		if (!this.#callbacks.has(url)) {
			this.#callbacks.set(
				url,
				this.#promise((client) => client.handleCallback(url)),
			);
		}
		return this.#callbacks.get(url);
	};
	logout = (options) => this.#promise((client) => client.logout(options));
	isAuthenticated = () =>
		!["initializing", "logged-out"].includes(this.getAuthState());
	hasActiveSession = () => this.getAuthState() === "active-session";
	hasOrIsAcquiringActiveSession = () =>
		["attempting-session", "active-session"].includes(this.getAuthState());
	getAuthState = () => this.getSnapshot().authState;
	getUserInfo = () => this.getSnapshot().userInfo;
	getSessionToken = () => this.#live.sessionToken();
	freshSessionToken = (options) =>
		this.#promise((client) => client.freshSessionToken(options));
	getOrganizationId = () => this.getUserInfo()?.organizationId ?? null;
	getOrganizationName = () => this.getUserInfo()?.organizationName ?? null;
	getOrganizationRole = () => this.getUserInfo()?.organizationRole ?? null;
	getOrganizationMemberships = (options) =>
		this.#promise((client) => client.organizationMemberships(options));
	switchOrganization = (organizationId, options) =>
		this.#promise((client) =>
			client.switchOrganization(organizationId, options),
		);

	getAllowList = () => this.#live.allowList();
	getOrganizationSettings = () => this.#live.organizationSettings();
	getUserSettings = () => this.#live.userSettings();
	getUserFeatures = () => this.getUserSettings()?.features ?? {};
	getUserSettingsConfig = () => this.getUserSettings()?.settings ?? {};
	updateUserSettings = (patch, options) =>
		this.#promise((client) => client.updateUserSettings(patch, options));
	refreshSettings = (options) =>
		this.#promise((client) => client.refreshSettings(options));
	isTaskSyncEnabled = () => this.#live.isTaskSyncEnabled();
	isProfileAllowed = (profile) => this.#live.isProfileAllowed(profile);

	listProfiles = () => this.#live.listProfiles();
	getProfile = (by) => this.#live.getProfile(by);
	saveProfile = (name, settings) =>
		this.#promise((client) => client.saveProfile(name, settings));
	deleteProfile = (name) =>
		this.#promise((client) => client.deleteProfile(name));
	activateProfile = (name) =>
		this.#promise((client) => client.activateProfile(name));
	syncProfiles = (options) =>
		this.#promise((client) => client.syncProfiles(options));
	previewProfileSync = () => this.#live.previewProfileSync();

	canShareTask = () => this.#live.canShareTask();
	canSharePublicly = () => this.#live.canSharePublicly();
	shareTask = (taskId, options) =>
		this.#promise((client) => client.shareTask(taskId, options));

	captureEvent = (event) => {
		this.#live.captureEvent(said(event), ID);
		return uuid(ID);
	};
	emitTaskEvent = (name, ...payload) => this.#live.emitTaskEvent(name, payload);
	defineEvent = (type, schema) => this.#live.defineEvent(type, schema);
	backfillMessages = (taskId, messages, options) =>
		this.#promise((client) =>
			client.backfillMessages(taskId, messages, options),
		);
	flush = (options) => this.#promise((client) => client.flush(options));
	queueStats = () => this.#live.queueStats();
	setTelemetryEnabled = (enabled) => this.#live.setTelemetryEnabled(enabled);

	creditBalance = (options) =>
		this.#promise((client) => client.creditBalance(options));
	usage = (days, options) =>
		this.#promise((client) => client.usage(days, options));

	/** `call`, whose failures all come in the promise. It begins at once, within the click that called it. */
	#promise(call) {
		try {
			return call(this.#live);
		} catch (error) {
			return Promise.reject(error);
		}
	}
}
