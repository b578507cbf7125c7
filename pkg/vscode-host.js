// The extension's side: does what its webviews ask for, as far as it was told that they may.

import { isMessage, isText, message, VERSION } from "./vscode-messages.js";

const SECRET_PREFIX = "roo-cloud-web:";
const SECRET_INDEX = "roo-cloud-web";
const LONGEST_NAME = 100;
const LONGEST_URL = 32_768;
const LONGEST_KEY = 1_024;
const LONGEST_VALUE = 32 << 20;
const LARGEST_ANSWER = 32 << 20;
const CHUNK = 64 << 10;
/** How long a sign-in's answer waits for a webview, and how many do; the sign-ins themselves are given up then. */
const CALLBACK_LIFE_MS = 15 * 60_000;
const MOST_CALLBACKS = 5;
/** What the client sends. Cookies, Origin and Host are none of a webview's business. */
const HEADERS = [
	"accept",
	"authorization",
	"content-type",
	"dpop",
	"if-none-match",
];

/** A refusal or failure that the webview is told of. */
class Failure extends Error {
	constructor(words, code) {
		super(words);
		this.code = code;
	}
}

export function createCloudHost({
	vscode,
	context,
	origins,
	methods = ["GET", "POST", "PATCH"],
	callbackPath = "/auth",
	registerUriHandler = true,
	fetch = globalThis.fetch,
	log = () => {},
}) {
	const allowedOrigins = new Set(origins.map(checkedOrigin));
	const allowedMethods = new Set(methods);
	const peers = new Set();
	const secrets = secretStore(context.secrets);
	const disposables = [];
	/** The answers of sign-ins that no webview has taken yet. One that nobody asked for must not push out another. */
	let waiting = [];
	let deliveries = 0;
	/** The webview that opened the browser last: the answer is for it. */
	let opener;

	function allowedUrl(text) {
		const url =
			isText(text, LONGEST_URL) && URL.canParse(text) ? new URL(text) : null;
		if (
			!url ||
			!allowedOrigins.has(url.origin) ||
			// Neither a name before the host, nor a blob: url, which has the origin of whoever made it.
			!url.href.startsWith(`${url.origin}/`)
		)
			throw new Failure(
				`the extension does not allow ${url?.origin ?? "this"}`,
			);
		return url.href;
	}

	const actions = {
		async openExternal(peer, [text]) {
			const url = allowedUrl(text);
			opener = peer;
			// A string, not a Uri: its encoding would be undone, and the address of the callback in it broken.
			if (!(await vscode.env.openExternal(url)))
				throw new Failure("the browser was not opened", "LOGIN_CANCELLED");
		},
		async callbackUri() {
			const uri = vscode.Uri.parse(
				`${vscode.env.uriScheme}://${context.extension.id}${callbackPath}`,
			);
			return (await vscode.env.asExternalUri(uri)).toString(true);
		},
		writeClipboard: (_, [text]) =>
			vscode.env.clipboard.writeText(checkedText(text, LONGEST_VALUE)),
		"secrets.get": (_, [key]) => secrets.get(checkedText(key, LONGEST_KEY)),
		"secrets.set": (_, [key, value]) =>
			secrets.set(
				checkedText(key, LONGEST_KEY),
				checkedText(value, LONGEST_VALUE),
			),
		"secrets.delete": (_, [key]) =>
			secrets.delete(checkedText(key, LONGEST_KEY)),
		"secrets.keys": (_, [prefix]) =>
			secrets.keys(checkedText(prefix, LONGEST_KEY)),
	};

	function post(peer, type, members) {
		if (!peers.has(peer)) return;
		try {
			peer.webview
				.postMessage(message(type, members))
				?.then?.(undefined, () => {});
		} catch {
			// The webview is gone, and with it whoever waited.
		}
	}

	function receive(peer, received) {
		if (!isMessage(received)) return;
		const { version, type, id, method, params } = received;
		if (version !== VERSION) {
			if (id)
				post(peer, "error", {
					id,
					message: "the extension has another version",
				});
			return;
		}
		if (type === "abort") peer.requests.get(id)?.abort();
		else if (type === "listen" && received.event === "callback") {
			peer.listening = true;
			deliver();
		} else if (type === "received") {
			waiting = waiting.filter(
				({ delivery }) => delivery !== received.delivery,
			);
		} else if (
			type === "call" &&
			id &&
			isText(method, LONGEST_NAME) &&
			Array.isArray(params)
		) {
			if (method === "fetch") proxy(peer, id, params[0]);
			else act(peer, id, method, params);
		}
	}

	async function act(peer, id, method, params) {
		try {
			if (!Object.hasOwn(actions, method))
				throw new Failure("the extension knows no such call");
			post(peer, "accepted", { id });
			post(peer, "result", { id, value: await actions[method](peer, params) });
		} catch (error) {
			tell(peer, id, method, error);
		}
	}

	/** What failed inside of the editor is its business: the webview hears that it failed. */
	function tell(peer, id, method, error) {
		const ours = error instanceof Failure;
		log(`${method} failed: ${ours ? error.message : (error?.name ?? "error")}`);
		post(peer, "error", {
			id,
			code: ours ? error.code : undefined,
			message: ours ? error.message : `${method} failed in the extension`,
		});
	}

	async function proxy(peer, id, request) {
		// What has the id already would never be found again.
		if (peer.requests.has(id)) return;
		const abort = new AbortController();
		peer.requests.set(id, abort);
		try {
			const { url, method, headers, body } = request ?? {};
			const target = allowedUrl(url);
			if (!allowedMethods.has(method))
				throw new Failure(
					`the extension does not send ${checkedText(method, LONGEST_NAME)}`,
				);
			if (!isHeaders(headers) || !(body == null || body instanceof Uint8Array))
				throw new Failure("the request has no proper shape");
			post(peer, "accepted", { id });
			const sent = headers.filter(([name]) =>
				HEADERS.includes(name.toLowerCase()),
			);
			const answer = await fetch(target, {
				method,
				headers: sent,
				// A redirect could leave the allowed origins, and take the token along.
				redirect: "error",
				// In a browser the extension would have them.
				credentials: "omit",
				cache: "no-store",
				signal: abort.signal,
				...upload(body, (progress) =>
					post(peer, "progress", { id, ...progress }),
				),
			});
			post(peer, "head", {
				id,
				status: answer.status,
				headers: [...answer.headers].filter(([name]) => name !== "set-cookie"),
			});
			// Copied: with a part of a buffer, the editor would send the whole buffer along.
			await pass(answer, (bytes) =>
				post(peer, "chunk", { id, bytes: new Uint8Array(bytes) }),
			);
			post(peer, "end", { id });
		} catch (error) {
			if (!abort.signal.aborted) tell(peer, id, "fetch", error);
			abort.abort();
		} finally {
			peer.requests.delete(id);
		}
	}

	/** Hands the sign-ins' answers to the webview that asked last, else to one that listens, until one says that it has them. */
	function deliver() {
		waiting = waiting.filter(({ at }) => Date.now() - at <= CALLBACK_LIFE_MS);
		const listening = [...peers].filter((peer) => peer.listening);
		const peer = listening.includes(opener) ? opener : listening.at(-1);
		if (!peer) return;
		for (const { url, delivery } of waiting)
			post(peer, "event", { event: "callback", data: url, delivery });
	}

	function handleUri(uri) {
		if (uri.path !== callbackPath) return false;
		deliveries += 1;
		waiting.push({
			url: addressOf(uri),
			at: Date.now(),
			delivery: deliveries,
		});
		waiting = waiting.slice(-MOST_CALLBACKS);
		deliver();
		return true;
	}

	if (registerUriHandler)
		disposables.push(vscode.window.registerUriHandler({ handleUri }));
	disposables.push(
		secrets.onChange((key) => {
			for (const peer of peers)
				post(peer, "event", { event: "secret", data: key });
		}),
	);

	return {
		attach(view) {
			const peer = {
				webview: view.webview ?? view,
				requests: new Map(),
				listening: false,
				detach() {
					peers.delete(peer);
					for (const each of subscriptions) each?.dispose();
					for (const abort of peer.requests.values()) abort.abort();
				},
			};
			peers.add(peer);
			const shown = view.onDidChangeViewState ?? view.onDidChangeVisibility;
			const subscriptions = [
				peer.webview.onDidReceiveMessage((received) => receive(peer, received)),
				// A hidden webview hears nothing.
				shown?.call(view, deliver),
			];
			subscriptions.push(view.onDidDispose?.(peer.detach));
			return { dispose: peer.detach };
		},
		handleUri,
		dispose() {
			for (const each of disposables.splice(0)) each.dispose();
			for (const peer of [...peers]) peer.detach();
		},
	};
}

/** https, or http on a loopback host, and an origin alone. */
function checkedOrigin(text) {
	const url = URL.canParse(text) ? new URL(text) : null;
	const loopback = /^(localhost|127\.0\.0\.1|\[::1\])$|\.localhost$/.test(
		url?.hostname ?? "",
	);
	const safe =
		url?.protocol === "https:" || (url?.protocol === "http:" && loopback);
	if (!safe || url.hostname.includes("*") || `${url.origin}/` !== url.href)
		throw new TypeError(
			`origins: ${JSON.stringify(text)} is no https origin, nor one of this machine`,
		);
	return url.origin;
}

/**
 * The address that the browser came back with. Not encoded again: the editor's encoding is not that of a query. The editor has undone the one that
 * was there, which leaves a plus of the code as it would write a space.
 */
const addressOf = (uri) =>
	uri
		.toString(true)
		.replace(/(?<=[?&]code=)[^&#]*/, (code) => code.replaceAll("+", "%2B"));

function checkedText(value, longest) {
	if (!isText(value, longest))
		throw new Failure("the call has no proper shape");
	return value;
}

const isHeaders = (headers) =>
	Array.isArray(headers) &&
	headers.length <= 50 &&
	headers.every(
		(pair) =>
			Array.isArray(pair) &&
			pair.length === 2 &&
			pair.every((text) => isText(text, LONGEST_URL)),
	);

/** The body as fetch takes it: a large one in pieces, so that its progress can be told. */
function upload(body, tell) {
	if (body == null) return {};
	const totalBytes = body.length;
	tell({ sentBytes: 0, totalBytes });
	if (totalBytes <= CHUNK) return { body };
	let sentBytes = 0;
	const stream = new ReadableStream(
		{
			pull(controller) {
				if (sentBytes > 0) tell({ sentBytes, totalBytes });
				const piece = body.slice(sentBytes, sentBytes + CHUNK);
				if (piece.length === 0) return controller.close();
				controller.enqueue(piece);
				sentBytes += piece.length;
			},
		},
		// Nothing is read ahead: what was taken, was sent.
		{ highWaterMark: 0 },
	);
	return { body: stream, duplex: "half" };
}

async function pass(answer, tell) {
	if (!answer.body) return;
	let received = 0;
	for await (const piece of answer.body) {
		received += piece.length;
		if (received > LARGEST_ANSWER) throw new Failure("the answer is too large");
		tell(piece);
	}
}

/** Texts in the editor's SecretStorage. Older editors cannot list it, so the names are kept beside. */
function secretStore(storage) {
	let last = Promise.resolve();
	/** One after the other: the list of names is read and written. */
	const inTurn = (work) => {
		const done = last.then(work);
		last = done.catch(() => {});
		return done;
	};
	const listed = async () => {
		const text = await storage.get(SECRET_INDEX);
		return text ? JSON.parse(text) : [];
	};
	async function list(change) {
		if (storage.keys) return;
		const names = await listed();
		const changed = change(names);
		if (changed.length !== names.length)
			await storage.store(SECRET_INDEX, JSON.stringify(changed));
	}
	/** What this window has listed. Another one that wrote at the same time may have left it out: then it is listed again. */
	const own = new Set();
	const relist = () =>
		inTurn(async () => {
			const names = await listed();
			for (const name of own)
				if (
					!names.includes(name) &&
					(await storage.get(SECRET_PREFIX + name)) === undefined
				)
					own.delete(name);
			await list((names) => [...new Set([...names, ...own])]);
		}).catch(() => {});
	return {
		get: async (key) => (await storage.get(SECRET_PREFIX + key)) ?? null,
		set: (key, value) =>
			inTurn(async () => {
				// Listed first: a name without a value does no harm, a value without a name is never found.
				if (!storage.keys) own.add(key);
				await list((names) => (names.includes(key) ? names : [...names, key]));
				await storage.store(SECRET_PREFIX + key, value);
			}),
		delete: (key) =>
			inTurn(async () => {
				await storage.delete(SECRET_PREFIX + key);
				await list((names) => names.filter((name) => name !== key));
			}),
		keys: (prefix) =>
			inTurn(async () => {
				const names = storage.keys
					? (await storage.keys())
							.filter((name) => name.startsWith(SECRET_PREFIX))
							.map((name) => name.slice(SECRET_PREFIX.length))
					: await listed();
				return names.filter((name) => name.startsWith(prefix));
			}),
		onChange: (listener) =>
			storage.onDidChange(({ key }) => {
				if (key === SECRET_INDEX && own.size > 0) relist();
				if (key.startsWith(SECRET_PREFIX))
					listener(key.slice(SECRET_PREFIX.length));
			}),
	};
}

/** A source that can end neither its directive nor the attribute it stands in. */
function checkedSource(source) {
	if (!/^([\w:/.*@%[\]=+-]+|'[\w/=+-]+')$/.test(source))
		throw new TypeError(`${JSON.stringify(source)} is no source of a policy`);
	return source;
}

export function contentSecurityPolicy(
	webview,
	{ nonce, streaming = false, connect = [], images = ["https:", "data:"] } = {},
) {
	const own = webview.cspSource.split(" ");
	const directives = {
		"default-src": ["'none'"],
		"script-src": [
			...(nonce === undefined ? own : [`'nonce-${nonce}'`]),
			"'wasm-unsafe-eval'",
		],
		"style-src": own,
		"font-src": own,
		"img-src": [...own, ...images],
		"connect-src": [...(streaming ? own : []), ...connect],
		// default-src does not stand for these.
		"base-uri": own,
		"form-action": ["'none'"],
	};
	return Object.entries(directives)
		.filter(([, sources]) => sources.length > 0)
		.map(([name, sources]) => `${name} ${sources.map(checkedSource).join(" ")}`)
		.join("; ");
}

export const contentSecurityPolicyTag = (webview, options) =>
	`<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(webview, options)}">`;
