// A server for pages that drive themselves: each tab asks for its next command, does it, and says what came of it. It works the same in every
// engine, with as many tabs as there are, and says by itself when a tab is gone.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);
const TYPES = {
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".wasm": "application/wasm",
};
const SERVED = /^\/(pkg|tests\/engines)\/[\w./-]+$/;
/** What a sign-in comes back to is the same page. */
const CALLBACK = "/callback.html";
const PAGE = "/tests/engines/page.html";
/** A tab that has not asked for this long is not coming, in milliseconds. */
const ARRIVAL_LIMIT_MS = 60_000;

/** One tab, as it loaded once. */
class Tab {
	#commands = [];
	#waiting;
	#answers = new Map();
	#next = 1;
	/** What the tab told of its own accord, in the order it came. */
	notes = [];
	/** Whether it is gone, closed or killed: known of tabs that have a line of their own. */
	gone = false;

	/** Has the page do `name` with `argument`; gives what it answers. @param {string} name @param {unknown} [argument] */
	run(name, argument = null) {
		if (this.gone) return Promise.resolve(undefined);
		const id = this.#next++;
		this.#commands.push({ id, name, argument });
		this.#hand();
		return new Promise((resolve, reject) =>
			this.#answers.set(id, { resolve, reject, name }),
		);
	}

	/** The page waits for a command. */
	ask(response) {
		this.#waiting = response;
		this.#hand();
	}

	answer({ id, value, error }) {
		const { resolve, reject, name } = this.#answers.get(id) ?? {};
		this.#answers.delete(id);
		if (error === undefined) resolve?.(value);
		else reject?.(new Error(`${name}: ${error}`));
	}

	/** Nothing will be answered any more. */
	end() {
		this.gone = true;
		for (const { resolve } of this.#answers.values()) resolve(undefined);
		this.#answers.clear();
		this.#waiting?.end();
	}

	#hand() {
		if (!this.#waiting || this.#commands.length === 0) return;
		this.#waiting.end(JSON.stringify(this.#commands.shift()));
		this.#waiting = undefined;
	}
}

/**
 * Resolves with `{ url(name), arrival(name), endTabs(), close() }`: the address for a tab of that name, and the tab once it has loaded.
 * @param {{
 *   lines?: number,
 *   openPage?: (url: string) => Promise<string>,
 * }} [options] `lines`: browsers make six connections to a host and no more, however many tabs there are; with so many hosts beside the
 *   page's own (all of them loopback) to talk to, as many tabs can, and it is known at once when one is gone. `openPage`: the extension
 *   that a page's `host` stands for goes to that address, and gives the one that it is sent back to
 */
export async function startRemote({ lines = 0, openPage } = {}) {
	const tabs = new Map();
	const arrivals = new Map();
	const loaded = (name, load) => {
		let tab = tabs.get(name);
		if (tab?.load !== load) {
			tab = Object.assign(new Tab(), { load });
			tabs.set(name, tab);
			arrivals.get(name)?.(tab);
			arrivals.delete(name);
		}
		return tab;
	};

	const posts = {
		"/remote/next": (name, body, response) =>
			loaded(name, JSON.parse(body).load).ask(response),
		"/remote/life": (name, body, response) => {
			const tab = loaded(name, JSON.parse(body).load);
			response.once("close", () => tab.end());
		},
		"/remote/fetch": async (_name, body, response) => {
			const { url, ...request } = JSON.parse(body);
			const answer = await fetch(url, request);
			const { status } = answer;
			// What the bytes were packed into on the way is none of the page's business.
			const headers = [...answer.headers].filter(
				([name]) => !name.startsWith("content-") || name === "content-type",
			);
			response.end(
				JSON.stringify({ status, headers, body: await answer.text() }),
			);
		},
		"/remote/open": async (_name, body, response) =>
			response.end(await openPage(body)),
		"/remote/answer": (name, body, response) => {
			tabs.get(name)?.answer(JSON.parse(body));
			response.end();
		},
		"/remote/note": (name, body, response) => {
			const note = JSON.parse(body);
			tabs.get(name)?.notes.push({ ...note, at: Date.now() });
			response.end();
		},
	};

	const answer = async (request, response) => {
		const { pathname, searchParams } = new URL(request.url, "http://localhost");
		if (request.method === "POST" && posts[pathname]) {
			response.setHeader("Access-Control-Allow-Origin", "*");
			const chunks = [];
			for await (const chunk of request) chunks.push(chunk);
			const body = Buffer.concat(chunks).toString();
			await posts[pathname](searchParams.get("tab"), body, response);
			return;
		}
		try {
			const path = pathname === CALLBACK ? PAGE : pathname;
			if (!SERVED.test(path)) throw new Error("not served");
			const bytes = await readFile(fileURLToPath(new URL(`.${path}`, ROOT)));
			response.setHeader("Content-Type", TYPES[extname(path)]);
			response.end(bytes);
		} catch {
			response.writeHead(404).end();
		}
	};
	const hosts = Array.from({ length: 1 + lines }, (_, i) => `127.0.0.${1 + i}`);
	const servers = await Promise.all(
		hosts.map(async (host) => {
			const server = createServer((request, response) =>
				answer(request, response).catch((error) => {
					// A browser that is killed takes its requests with it, some in the middle of what they say.
					if (request.errored) return;
					console.error(`${request.url}: ${error.stack}`);
					response.writeHead(500).end();
				}),
			);
			await new Promise((resolve) => server.listen(0, host, resolve));
			return server;
		}),
	);
	const [origin, ...lineOrigins] = servers.map(
		(server, i) => `http://${hosts[i]}:${server.address().port}`,
	);
	let asked = 0;

	return {
		/** Where sign-ins come back to. */
		callbackUrl: `${origin}${CALLBACK}`,
		/** @param {string} name */
		url(name) {
			const line = lineOrigins[asked++ % lines];
			const page = `${origin}${PAGE}?tab=${name}`;
			return line ? `${page}&line=${line}` : page;
		},
		/** The tab of that name, as it loads next. @param {string} name */
		arrival: (name) =>
			new Promise((resolve, reject) => {
				const limit = setTimeout(
					() => reject(new Error(`the tab ${name} never loaded`)),
					ARRIVAL_LIMIT_MS,
				);
				arrivals.set(name, (tab) => {
					clearTimeout(limit);
					resolve(tab);
				});
			}),
		/** The browser of all tabs was ended. */
		endTabs() {
			for (const tab of tabs.values()) tab.end();
		},
		close() {
			for (const server of servers) {
				server.closeAllConnections();
				server.close();
			}
		},
	};
}
