// The webview's side: what the client asks of its host goes to the extension as messages, each with an id, a time limit and a version.

import { CloudError } from "./index.js";
import { isMessage, message, VERSION } from "./vscode-messages.js";

const STATE_MEMBER = "roo-cloud-web";
/** Statuses whose answers have no body, by the Fetch standard. */
const BODILESS = [204, 205, 304];

const unavailable = (words) =>
	new CloudError("HOST_UNAVAILABLE", words, "platform", true);

/** Whether `source` is the frame around this page: it has this page among its frames. The editor takes `parent` away. */
function isAround(source) {
	for (let i = 0; i < (source?.length ?? 0); i += 1)
		if (source[i] === globalThis) return true;
	return false;
}

export function createWebviewHost({
	api = globalThis.acquireVsCodeApi(),
	timeoutMs = 10_000,
} = {}) {
	const calls = new Map();
	const listeners = { callback: new Set(), secret: new Set() };
	// An answer to what the page asked before it was reloaded must not fit.
	const page = crypto.randomUUID();
	let count = 0;

	/** Only the frame around this page speaks for the extension, and it has this page's origin. */
	function receive(event) {
		if (event.origin !== globalThis.origin) return;
		if (!isAround(event.source)) return;
		if (!isMessage(event.data)) return;
		const { version, type, id } = event.data;
		if (type === "event") {
			if (version === VERSION) hear(event.data);
			return;
		}
		const call = calls.get(id);
		if (!call) return;
		if (version !== VERSION) {
			call.error({ message: "the extension has another version" });
			return;
		}
		if (Object.hasOwn(call, type)) call[type](event.data);
	}

	function hear({ event, data, delivery }) {
		if (!Object.hasOwn(listeners, event) || typeof data !== "string") return;
		const heard = [...listeners[event]];
		if (delivery !== undefined && heard.length > 0)
			api.postMessage(message("received", { delivery }));
		for (const listener of heard) listener(data);
	}

	/** Sends a call; what comes back meets `answers`, until `finish`. The extension has `timeoutMs` for its first word. */
	function send(method, params, answers) {
		count += 1;
		const id = `${page}/${count}`;
		const abort = () => api.postMessage(message("abort", { id }));
		const timer = setTimeout(() => {
			// Where it still hears of the call, it hears of this too: what is given up here may be sent anew.
			abort();
			call.error({ message: `the extension did not answer ${method}` });
		}, timeoutMs);
		const call = {
			...answers,
			accepted: () => clearTimeout(timer),
			error(failure) {
				finish();
				answers.error(failure);
			},
		};
		const finish = () => {
			clearTimeout(timer);
			calls.delete(id);
		};
		calls.set(id, call);
		try {
			api.postMessage(message("call", { id, method, params }));
		} catch (cause) {
			call.error({ message: `the call could not be sent: ${cause.message}` });
		}
		return { finish, abort };
	}

	const ask = (method, ...params) =>
		new Promise((resolve, reject) => {
			const { finish } = send(method, params, {
				result({ value }) {
					finish();
					resolve(value ?? null);
				},
				error: ({ code, message: words }) =>
					reject(
						code === "LOGIN_CANCELLED"
							? new CloudError(code, words, "auth", false)
							: unavailable(words),
					),
			});
		});

	async function fetch(input, init) {
		const request = new Request(input, init);
		// Not every browser says by `body` whether there is one.
		const body = await request.arrayBuffer();
		request.signal.throwIfAborted();
		const params = [
			{
				url: request.url,
				method: request.method,
				headers: [...request.headers],
				body: body.byteLength > 0 ? new Uint8Array(body) : null,
			},
		];
		return new Promise((resolve, reject) => {
			let answerBody;
			const finish = () => {
				request.signal.removeEventListener("abort", abort);
				call.finish();
			};
			const fail = (error) => {
				finish();
				reject(error);
				answerBody?.error(error);
			};
			const abort = () => {
				call.abort();
				fail(request.signal.reason);
			};
			const call = send("fetch", params, {
				progress: ({ sentBytes, totalBytes }) =>
					init?.onUploadProgress?.({ sentBytes, totalBytes }),
				head({ status, headers }) {
					const content = new ReadableStream({
						start: (controller) => {
							answerBody = controller;
						},
						cancel() {
							call.abort();
							finish();
						},
					});
					const bodiless = BODILESS.includes(status);
					resolve(new Response(bodiless ? null : content, { status, headers }));
				},
				chunk: ({ bytes }) => answerBody?.enqueue(new Uint8Array(bytes)),
				end() {
					finish();
					answerBody?.close();
				},
				// As a page's own fetch fails.
				error: (failure) => fail(new TypeError(failure.message)),
			});
			request.signal.addEventListener("abort", abort);
		});
	}

	const listen = (event) => (listener) => {
		listeners[event].add(listener);
		// What came while nobody listened is told now.
		api.postMessage(message("listen", { event }));
		return () => listeners[event].delete(listener);
	};

	globalThis.addEventListener("message", receive);

	return {
		openExternal: (url) => ask("openExternal", url).then(() => {}),
		callbackUri: () => ask("callbackUri"),
		onCallback: listen("callback"),
		writeClipboard: (text) => ask("writeClipboard", text).then(() => {}),
		secrets: {
			get: (key) => ask("secrets.get", key),
			set: (key, value) => ask("secrets.set", key, value).then(() => {}),
			delete: (key) => ask("secrets.delete", key).then(() => {}),
			keys: (prefix) => ask("secrets.keys", prefix),
			onChange: listen("secret"),
		},
		fetch,
		getState: () => api.getState()?.[STATE_MEMBER],
		setState(state) {
			// The page keeps state of its own beside it; where that is no object, there is no room.
			const all = api.getState() ?? {};
			if (typeof all === "object" && !Array.isArray(all))
				api.setState({ ...all, [STATE_MEMBER]: state });
		},
		dispose() {
			globalThis.removeEventListener("message", receive);
			for (const call of [...calls.values()])
				call.error({ message: "the webview's host was disposed of" });
		},
	};
}
