// An editor with one extension and its webviews, as far as the host needs one: messages are cloned and arrive later, a hidden webview hears
// nothing, a webview is thrown away and made anew.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { afterEach } from "node:test";
import { createCloudHost } from "../../pkg/vscode-host.js";
import { createWebviewHost } from "../../pkg/vscode-webview.js";

const ORIGIN = "vscode-webview://0123abcd";

class Emitter {
	#listeners = new Set();
	event = (listener) => {
		this.#listeners.add(listener);
		return { dispose: () => this.#listeners.delete(listener) };
	};
	fire(data) {
		for (const listener of [...this.#listeners]) listener(data);
	}
	get size() {
		return this.#listeners.size;
	}
}

class Uri {
	constructor(text) {
		const [address, query] = text.split("?");
		this.address = address;
		this.query = query && decodeURIComponent(query);
		this.path = this.address.replace(/^[\w-]+:\/\/[^/]*/, "");
	}
	static parse(text) {
		return new Uri(text);
	}
	// As the editor's: it has undone the encoding, and encodes what divides a query.
	toString(skipEncoding) {
		if (this.query === undefined) return this.address;
		return `${this.address}?${skipEncoding ? this.query : encodeURIComponent(this.query)}`;
	}
}

/** What all windows of an editor share. */
export function secretStorage({ listable = true } = {}) {
	const values = new Map();
	const changed = new Emitter();
	const change = (key) => queueMicrotask(() => changed.fire({ key }));
	return {
		values,
		get: async (key) => values.get(key),
		store: async (key, value) => {
			values.set(key, value);
			change(key);
		},
		delete: async (key) => {
			values.delete(key);
			change(key);
		},
		...(listable ? { keys: async () => [...values.keys()] } : {}),
		onDidChange: changed.event,
	};
}

/** One window: the API that an extension is given, and what was asked of it. */
export function editor({ secrets = secretStorage() } = {}) {
	const handlers = [];
	const opened = [];
	const copied = [];
	return {
		handlers,
		opened,
		copied,
		secrets,
		/** What the user says when asked whether to open the browser. */
		consent: true,
		get vscode() {
			return {
				env: {
					uriScheme: "vscode",
					clipboard: { writeText: async (text) => void copied.push(text) },
					openExternal: async (target) => {
						opened.push(target);
						return this.consent;
					},
					asExternalUri: async (uri) => uri,
				},
				Uri,
				window: {
					registerUriHandler: (handler) => {
						handlers.push(handler);
						return {
							dispose: () => handlers.splice(handlers.indexOf(handler), 1),
						};
					},
				},
			};
		},
		context: {
			extension: { id: "example.sample" },
			secrets,
			subscriptions: [],
		},
		/** The browser came back. */
		comesBack(text) {
			for (const { handleUri } of handlers) handleUri(Uri.parse(text));
		},
	};
}

/** A webview. `load` is the page in it, with a host; `options` are those of that host. */
export function webview() {
	const fromPage = new Emitter();
	const visibility = new Emitter();
	const disposal = new Emitter();
	let page;
	let state;
	const view = {
		visible: true,
		get pageListeners() {
			return fromPage.size;
		},
		webview: {
			cspSource: "https://*.vscode-cdn.net",
			onDidReceiveMessage: fromPage.event,
			postMessage: async (message) => {
				if (!view.visible || !page) return false;
				view.arrive(structuredClone(message));
				return true;
			},
		},
		onDidChangeVisibility: visibility.event,
		onDidDispose: disposal.event,
		/** A message event in the page: from the frame around it unless said otherwise. */
		arrive(data, { origin = ORIGIN, source = page?.around } = {}) {
			page?.dispatchEvent(
				Object.assign(new Event("message"), { data, origin, source }),
			);
		},
		/** What the page posts. */
		post: (message) =>
			queueMicrotask(() => fromPage.fire(structuredClone(message))),
		/** The page is there anew; gives what the editor gives it. */
		open() {
			page = Object.assign(new EventTarget(), {
				origin: ORIGIN,
				around: { length: 2, 0: {}, 1: globalThis },
			});
			globalThis.origin = page.origin;
			globalThis.addEventListener = page.addEventListener.bind(page);
			globalThis.removeEventListener = page.removeEventListener.bind(page);
			return {
				postMessage: view.post,
				getState: () => state,
				setState: (next) => {
					state = structuredClone(next);
				},
			};
		},
		load: (options) => createWebviewHost({ api: view.open(), ...options }),
		get around() {
			return page.around;
		},
		unload() {
			page = undefined;
		},
		show(visible) {
			view.visible = visible;
			visibility.fire();
		},
		dispose() {
			page = undefined;
			disposal.fire();
		},
	};
	return view;
}

export const API = "https://app.example";
export const CALLBACK = "vscode://example.sample/auth";
const cleanups = [];
afterEach(() => {
	for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A webview attached to an extension, with the page's host. */
export function scene(options = {}, pageOptions = {}) {
	const window = options.window ?? editor();
	const logged = [];
	const host = createCloudHost({
		vscode: window.vscode,
		context: window.context,
		origins: [API],
		log: (line) => logged.push(line),
		...options,
	});
	const view = webview();
	host.attach(view);
	const page = view.load(pageOptions);
	cleanups.push(page.dispose, host.dispose);
	return { window, host, view, page, logged };
}

export const turn = () => new Promise((resolve) => setImmediate(resolve));

export async function refusal(work) {
	try {
		await work;
	} catch (error) {
		return error;
	}
	assert.fail("it should fail");
}

/** A server whose answers are the test's. */
export async function served(handler) {
	const server = createServer(handler);
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	cleanups.push(() => {
		server.closeAllConnections();
		server.close();
	});
	return `http://127.0.0.1:${server.address().port}`;
}
