// A page that does what the test says: it asks for a command, does it, answers, and asks again.

import { CloudService } from "../../pkg/index.js";

/** What was logged, what nobody caught, and what the client told of its own accord. */
const said = [];
for (const name of ["debug", "info", "log", "warn", "error"]) {
	const write = console[name];
	console[name] = (...words) => {
		said.push(words.map(String).join(" "));
		write.apply(console, words);
	};
}
for (const name of ["error", "unhandledrejection"])
	addEventListener(name, ({ message, error, reason }) =>
		said.push([message, error?.stack, reason, reason?.stack].join(" ")),
	);
// More than 250 requests are remembered.
performance.setResourceTimingBufferSize(100_000);

const parameters = new URLSearchParams(location.search);
// The address that a sign-in comes back to does not name the tab.
const tab = parameters.get("tab") ?? sessionStorage.getItem("tab");
if (parameters.has("tab")) sessionStorage.setItem("tab", tab);
const load = crypto.randomUUID();

/** @param {string} what @param {string} text */
const postText = (what, text) =>
	fetch(`${parameters.get("line") ?? ""}/remote/${what}?tab=${tab}`, {
		method: "POST",
		body: text,
	});
/** @param {string} what @param {unknown} body */
const post = (what, body) => postText(what, JSON.stringify(body));

/** All keys and values in IndexedDB; bytes as characters. */
async function storedRecords() {
	const written = (value) =>
		value instanceof ArrayBuffer || ArrayBuffer.isView(value)
			? new TextDecoder("latin1").decode(value)
			: value !== null && typeof value === "object"
				? Object.entries(value).flat().map(written).join(" ")
				: String(value);
	const done = (request) =>
		new Promise((resolve, reject) => {
			request.onsuccess = () => resolve(request.result);
			request.onerror = () => reject(request.error);
		});
	const found = [];
	for (const { name } of await indexedDB.databases()) {
		const database = await done(indexedDB.open(name));
		for (const store of database.objectStoreNames)
			for (const all of ["getAllKeys", "getAll"])
				found.push(
					...(await done(
						database.transaction(store).objectStore(store)[all](),
					)),
				);
		database.close();
	}
	return found.map(written);
}

/** An extension that goes where it is told and brings the answer back, and sends requests that a page's origin may not send. */
function extension() {
	let tell;
	return {
		async fetch(url, { method, headers, body }) {
			const text = body && (await new Response(body).text());
			const sent = await post("fetch", {
				url,
				method,
				headers: [...new Headers(headers)],
				body: text,
			});
			const answer = await sent.json();
			return new Response(answer.body || null, answer);
		},
		async openExternal(url) {
			const answer = await postText("open", url);
			tell(await answer.text());
		},
		onCallback(listener) {
			tell = listener;
			return () => {};
		},
	};
}

/** What stands beside the ids of `captured`: how many of them are in memory only. */
const told = (captured) => ({
	captured,
	unstored: CloudService.instance.queueStats().unstored,
});

/** What the cloud wants of every event. */
const COMMON_PROPERTIES = {
	appName: "roo-cloud-web",
	appVersion: "1.0.0",
	vscodeVersion: "1.103.1",
	platform: "linux",
	editorName: "Visual Studio Code",
	language: "en",
	mode: "code",
};

/** The backfill that was begun last. */
let backfill;

const COMMANDS = {
	/** Makes the client; with an extension on the other side where `hosted`, which sends its requests where `proxied`. Changes of the sign-in are told where `tells`. */
	async create({ telemetry, hosted, proxied, tells, ...options }) {
		const { fetch: send, ...host } = extension();
		await CloudService.createInstance(
			{
				...options,
				logger: (...words) => said.push(JSON.stringify(words)),
				...(hosted ? { host: proxied ? { ...host, fetch: send } : host } : {}),
				telemetry: { ...telemetry, properties: () => COMMON_PROPERTIES },
			},
			tells && {
				"auth-state-changed": (change) => post("note", change),
				"background-error": ({ code, message, stack }) => {
					said.push(`${message} ${stack}`);
					post("note", { code, message });
				},
			},
		);
	},
	/** Signs in; gives who it is. */
	signIn: (options) => CloudService.instance.login(options),
	signOut: (options) => CloudService.instance.logout(options),
	state: () => CloudService.instance.getAuthState(),
	/** Takes the answer to a sign-in, twice at once as React's StrictMode does. */
	async comeBack() {
		const service = CloudService.instance;
		const url = location.href;
		const isCallback = service.isCallback(url);
		const users = await Promise.all([
			service.handleCallback(url),
			service.handleCallback(url),
		]);
		return {
			isCallback,
			users: users.map(({ id }) => id),
			address: location.href.slice(location.origin.length),
			state: service.getAuthState(),
		};
	},
	/** Calls the cloud, which wants a good token. */
	call: () => CloudService.instance.creditBalance(),
	/** A session token. */
	token: () => CloudService.instance.freshSessionToken(),
	/** What this page said, which addresses it asked, and all that it stored, as text. */
	async traces() {
		const addresses = performance
			.getEntriesByType("resource")
			.map(({ name }) => name);
		const kept = [
			location.href,
			document.cookie,
			JSON.stringify(history.state),
		];
		for (const storage of [localStorage, sessionStorage])
			kept.push(...Object.entries(storage).flat());
		return { said, addresses, kept, stored: await storedRecords() };
	},
	/** Where the sign-in stands, and who it is by the cloud's own account, asked with a token that is good for a while. */
	async session() {
		const service = CloudService.instance;
		const token = await service
			.freshSessionToken({ minTtlMs: 3_000 })
			.catch(() => undefined);
		await service.refreshSettings();
		return {
			state: service.getAuthState(),
			user: service.getUserInfo()?.id,
			hasToken: token !== undefined && service.getSessionToken() !== undefined,
		};
	},
	/** Captures so many events of that task, at once; gives their ids. */
	capture({ taskId, count }) {
		return Array.from({ length: count }, () =>
			CloudService.instance.captureEvent({
				type: "Tool Used",
				properties: { taskId, tool: "read_file" },
			}),
		);
	},
	/** Captures `each` events again and again, and tells their ids and how many are in memory only, until the page is gone. */
	async captureOnAndOn({ taskId, each }) {
		for (;;) {
			const captured = COMMANDS.capture({ taskId, count: each });
			await post("note", told(captured));
		}
	},
	/** Captures one event, and gives how long it took until it was stored, in milliseconds. */
	async timeToStore({ taskId }) {
		const startedAt = performance.now();
		COMMANDS.capture({ taskId, count: 1 });
		const { port1, port2 } = new MessageChannel();
		while (CloudService.instance.queueStats().unstored > 0)
			await new Promise((resolve) => {
				port1.onmessage = resolve;
				port2.postMessage(0);
			});
		return performance.now() - startedAt;
	},
	/** Begins to send a task with so many bytes of messages. */
	beginBackfill({ bytes, watched }) {
		const told = [];
		const abort = new AbortController();
		const onProgress = (progress) => told.push(progress);
		const code = CloudService.instance
			.backfillMessages(
				"task-1",
				[{ ts: 1, type: "say", text: "x".repeat(bytes) }],
				{ signal: abort.signal, ...(watched ? { onProgress } : {}) },
			)
			.then(
				() => undefined,
				(error) => error.code,
			);
		backfill = { told, abort, code };
	},
	/** Stops that, if need be; gives what was told of it, and how it failed. */
	async endBackfill({ isStopped }) {
		const { told, abort, code } = backfill;
		if (isStopped) abort.abort();
		return { code: await code, told };
	},
	stats: () => CloudService.instance.queueStats(),
	capabilities: () => CloudService.instance.capabilities(),
	flush: (options) => CloudService.instance.flush(options),
	reload() {
		location.reload();
	},
	leave() {
		location.href = "about:blank";
	},
};

// It is never answered: that it breaks off says that the tab is gone.
if (parameters.has("line")) post("life", { load }).catch(() => {});

for (;;) {
	const answer = await post("next", { load });
	const text = await answer.text();
	if (!text) break;
	const { id, name, argument } = JSON.parse(text);
	try {
		await post("answer", {
			id,
			value: (await COMMANDS[name](argument)) ?? null,
		});
	} catch (error) {
		await post("answer", { id, error: String(error) });
	}
}
