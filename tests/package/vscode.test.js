// The two sides of an extension, in an editor that is played: what a webview may ask, who is listened to, and that nothing is lost when a webview
// is hidden or made anew. tests/vscode does the same in a real editor.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { afterEach, test } from "node:test";
import { CloudError } from "../../pkg/index.js";
import {
	contentSecurityPolicy,
	contentSecurityPolicyTag,
	createCloudHost,
} from "../../pkg/vscode-host.js";
import { message } from "../../pkg/vscode-messages.js";
import { createWebviewHost } from "../../pkg/vscode-webview.js";
import { editor, secretStorage, webview } from "./editor.js";

const API = "https://app.example";
const CALLBACK = "vscode://example.sample/auth";
const cleanups = [];
afterEach(() => {
	for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A webview attached to an extension, with the page's host. */
function scene(options = {}, pageOptions = {}) {
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

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function refusal(work) {
	try {
		await work;
	} catch (error) {
		return error;
	}
	assert.fail("it should fail");
}

/** A server whose answers are the test's. */
async function served(handler) {
	const server = createServer(handler);
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	cleanups.push(() => {
		server.closeAllConnections();
		server.close();
	});
	return `http://127.0.0.1:${server.address().port}`;
}

test("a sign-in goes out by the browser and comes back by its address", async () => {
	const { window, page, view } = scene();
	const heard = [];
	page.onCallback((url) => heard.push(url));
	assert.equal(await page.callbackUri(), CALLBACK);
	const authorize = `${API}/authorize?redirect_uri=${encodeURIComponent(CALLBACK)}&state=s`;
	await page.openExternal(authorize);
	assert.deepEqual(window.opened, [authorize]);
	window.comesBack(`${CALLBACK}?code=c&state=s`);
	await turn();
	assert.deepEqual(heard, [`${CALLBACK}?code=c&state=s`]);
	// Once: it is not told again when the webview is made anew.
	view.unload();
	const next = view.load();
	next.onCallback((url) => heard.push(url));
	await turn();
	assert.equal(heard.length, 1);
	next.dispose();
});

test("an answer that came while the webview was hidden or thrown away waits for it", async () => {
	const { window, view, page } = scene();
	const heard = [];
	page.onCallback((url) => heard.push(url));
	await turn();
	view.show(false);
	window.comesBack(`${CALLBACK}?code=hidden`);
	await turn();
	assert.deepEqual(heard, []);
	view.show(true);
	await turn();
	assert.deepEqual(heard, [`${CALLBACK}?code=hidden`]);

	view.unload();
	window.comesBack(`${CALLBACK}?code=gone`);
	await turn();
	const next = view.load();
	next.onCallback((url) => heard.push(url));
	await turn();
	assert.deepEqual(heard.slice(1), [`${CALLBACK}?code=gone`]);
	next.dispose();
});

test("of two webviews the one that opened the browser gets the answer; another address is nobody's", async () => {
	const { window, host, page, view } = scene();
	const heard = [];
	page.onCallback((url) => heard.push(["first", url]));
	await page.openExternal(`${API}/`);
	const other = webview();
	host.attach(other);
	const messages = [];
	other.webview.postMessage = async (each) => messages.push(each);
	other.post(message("listen", { event: "callback" }));
	await turn();
	window.comesBack("vscode://example.sample/elsewhere?code=x");
	window.comesBack(`${CALLBACK}?code=c`);
	await turn();
	assert.deepEqual(heard, [["first", `${CALLBACK}?code=c`]]);
	assert.deepEqual(messages, []);
	// The first is closed: the other one may have it.
	view.dispose();
	window.comesBack(`${CALLBACK}?code=d`);
	await turn();
	assert.equal(messages[0].data, `${CALLBACK}?code=d`);
});

test("a user who does not want the browser has cancelled", async () => {
	const window = editor();
	window.consent = false;
	const { page } = scene({ window });
	const error = await refusal(page.openExternal(`${API}/`));
	assert.ok(CloudError.is(error));
	assert.deepEqual([error.code, error.category], ["LOGIN_CANCELLED", "auth"]);
});

for (const listable of [true, false]) {
	test(`secrets are kept and listed in an editor that ${listable ? "lists them" : "does not list them"}, and another window hears of changes`, async () => {
		const secrets = secretStorage({ listable });
		await secrets.store("of-the-extension-itself", "1");
		const { page } = scene({ window: editor({ secrets }) });
		const store = page.secrets;
		assert.equal(await store.get("a/1"), null);
		await Promise.all([
			store.set("a/1", "one"),
			store.set("a/2", "two"),
			store.set("b/1", "three"),
		]);
		assert.deepEqual((await store.keys("a/")).sort(), ["a/1", "a/2"]);
		assert.equal(await store.get("a/2"), "two");
		await store.delete("a/1");
		assert.deepEqual(await store.keys("a/"), ["a/2"]);

		const changes = [];
		const other = scene({ window: editor({ secrets }) });
		other.page.secrets.onChange((key) => changes.push(key));
		await secrets.store("of-the-extension-itself", "2");
		await secrets.store("roo-cloud-web:b/1", "from elsewhere");
		await turn();
		assert.deepEqual(changes, ["b/1"]);
	});
}

test("the clipboard is written, and a page keeps its own state beside the client's", async () => {
	const { window, page, view } = scene();
	await page.writeClipboard("link");
	assert.deepEqual(window.copied, ["link"]);
	assert.equal(page.getState(), undefined);
	page.setState({ warm: 1 });
	view.unload();
	const api = view.load();
	assert.deepEqual(api.getState(), { warm: 1 });
	api.dispose();
	const own = view.open();
	for (const state of ["text", ["list"], 7]) {
		own.setState(state);
		const host = createWebviewHost({ api: own });
		host.setState({ warm: 2 });
		assert.deepEqual(own.getState(), state, "the page's own is not spoiled");
		assert.equal(host.getState(), undefined);
		host.dispose();
	}
	own.setState({ mine: 1 });
	const host = createWebviewHost({ api: own });
	host.setState({ warm: 2 });
	assert.deepEqual([own.getState().mine, host.getState()], [1, { warm: 2 }]);
	host.dispose();
});

test("a request goes through the extension: method, headers, body and progress out; status, headers and body back", async () => {
	const asked = [];
	const origin = await served(async (request, response) => {
		const chunks = [];
		for await (const chunk of request) chunks.push(chunk);
		asked.push({
			method: request.method,
			headers: request.headers,
			length: Buffer.concat(chunks).length,
		});
		response.writeHead(request.method === "PATCH" ? 204 : 201, {
			ETag: '"1"',
		});
		response.end(request.method === "PATCH" ? undefined : "x".repeat(200_000));
	});
	const { page } = scene({ origins: [origin] });
	const progress = [];
	const answer = await page.fetch(`${origin}/upload`, {
		method: "POST",
		headers: {
			Authorization: "Bearer t",
			"X-Other": "1",
			Accept: "text/plain",
		},
		body: new Uint8Array(200_000),
		credentials: "include",
		onUploadProgress: (each) => progress.push(each),
	});
	assert.deepEqual([answer.status, answer.headers.get("etag")], [201, '"1"']);
	assert.equal((await answer.text()).length, 200_000);
	const [{ method, headers, length }] = asked;
	assert.deepEqual([method, length], ["POST", 200_000]);
	assert.equal(headers.authorization, "Bearer t");
	assert.equal(headers["x-other"], undefined);
	assert.equal(headers.origin, undefined);
	const steps = progress.map(({ sentBytes }) => sentBytes);
	assert.deepEqual(steps, [0, 65_536, 131_072, 196_608, 200_000]);
	assert.ok(progress.every(({ totalBytes }) => totalBytes === 200_000));
	const empty = await page.fetch(`${origin}/`, { method: "PATCH", body: "{}" });
	assert.deepEqual([empty.status, empty.body], [204, null]);
});

test("an aborted request is aborted over there, and one that is cut off fails", async () => {
	let closed;
	const gone = new Promise((resolve) => {
		closed = resolve;
	});
	const origin = await served((request, response) => {
		if (request.url === "/cut") {
			response.writeHead(200, { "Content-Length": "10" });
			response.write("half");
			setImmediate(() => response.destroy());
			return;
		}
		request.socket.on("close", closed);
		response.writeHead(200).write("begun");
	});
	const { page } = scene({ origins: [origin] });
	const controller = new AbortController();
	const answer = await page.fetch(`${origin}/hang`, {
		signal: controller.signal,
	});
	controller.abort();
	assert.equal((await refusal(answer.text())).name, "AbortError");
	await gone;
	const cut = await page.fetch(`${origin}/cut`);
	assert.ok((await refusal(cut.text())) instanceof TypeError);
	const closedPort = await refusal(page.fetch("http://127.0.0.1:1/"));
	assert.ok(closedPort instanceof TypeError);
});

test("J3 only configured origins and methods are proxied or opened, and a redirect leads nowhere", async () => {
	const reached = [];
	const origin = await served((request, response) => {
		reached.push(request.url);
		response.writeHead(307, { Location: "/elsewhere" }).end();
	});
	const { page, window, logged } = scene({ origins: [API, origin] });
	for (const url of [
		"https://app.example.evil.example/",
		"https://app.example:8443/",
		"https://user@app.example/",
		"http://app.example/",
		"javascript:alert(1)",
		"file:///etc/passwd",
		"not a url",
	]) {
		const opened = await refusal(page.openExternal(url));
		assert.equal(opened.code, "HOST_UNAVAILABLE", url);
		assert.ok((await refusal(page.fetch(url))) instanceof TypeError, url);
	}
	assert.deepEqual(window.opened, []);
	for (const method of ["DELETE", "PUT", "HEAD"])
		await refusal(page.fetch(`${origin}/`, { method }));
	assert.deepEqual(reached, []);
	await refusal(page.fetch(`${origin}/first`));
	assert.deepEqual(reached, ["/first"]);
	assert.ok(logged.length > 0);
	for (const wrong of [
		"http://app.example",
		"https://app.example/path",
		"*",
		"https://*.example",
	])
		assert.throws(
			() => createCloudHost({ ...scene().window, origins: [wrong] }),
			TypeError,
			wrong,
		);
});

test("J1 the page listens to the frame around it alone, with its own origin and the package's shape", async () => {
	const { page, view } = scene();
	const heard = [];
	page.onCallback((url) => heard.push(url));
	await turn();
	const event = message("event", { event: "callback", data: "stolen" });
	for (const [data, from] of [
		[event, { origin: "vscode-webview://0123abcd.evil" }],
		[event, { origin: "https://evil.example" }],
		[event, { origin: "null" }],
		[event, { origin: "" }],
		[event, { source: null }],
		[event, { source: globalThis }],
		[event, { source: { length: 0 } }],
		[event, { source: { length: 1, 0: { length: 0 } } }],
		["text", {}],
		[null, {}],
		[{ ...event, channel: "other" }, {}],
		[{ ...event, version: 2 }, {}],
		[{ ...event, version: "1" }, {}],
		[{ ...event, data: { url: "x" } }, {}],
		[{ ...event, event: "constructor" }, {}],
		[{ ...event, event: "toString" }, {}],
		[{ type: "event", event: "callback", data: "stolen" }, {}],
	])
		view.arrive(data, from);
	assert.deepEqual(heard, []);
	view.arrive(event, { source: view.around });
	assert.deepEqual(heard, ["stolen"]);
});

test("J1 the extension answers nothing but calls of the package's shape, and never with more than it was asked", async () => {
	const { view, window } = scene();
	const answers = [];
	view.webview.postMessage = async (each) => answers.push(each);
	const call = (members) =>
		message("call", {
			id: "1",
			method: "writeClipboard",
			params: ["x"],
			...members,
		});
	for (const ignored of [
		null,
		7,
		"call",
		[],
		{ ...call(), channel: "other" },
		{ ...call(), version: undefined },
		call({ id: undefined }),
		call({ id: 1 }),
		call({ id: "x".repeat(101) }),
		call({ params: undefined }),
		call({ params: "x" }),
	])
		view.post(ignored);
	await turn();
	assert.deepEqual([answers, window.copied], [[], []]);
	for (const refused of [
		call({ method: "constructor" }),
		call({ method: "__proto__" }),
		call({ method: "eval" }),
		call({ params: [] }),
		call({ params: [{}] }),
		call({ method: "secrets.get", params: ["x".repeat(2_000)] }),
		call({ method: "fetch", params: [] }),
		call({
			method: "fetch",
			params: [{ url: API, method: "GET", headers: "x" }],
		}),
		call({
			method: "fetch",
			params: [{ url: API, method: "POST", headers: [], body: "text" }],
		}),
		{ ...call(), version: 2 },
	]) {
		answers.length = 0;
		view.post(refused);
		await turn();
		assert.equal(answers.at(-1).type, "error", JSON.stringify(refused));
		assert.equal(answers.at(-1).id, "1");
	}
	assert.deepEqual(window.copied, []);
});

test("what fails inside of the editor is not told to the page", async () => {
	const window = editor();
	window.context.secrets.get = async () => {
		throw new Error("keyring: canary-secret");
	};
	const { page, logged } = scene({ window });
	const error = await refusal(page.secrets.get("a"));
	assert.equal(error.code, "HOST_UNAVAILABLE");
	assert.doesNotMatch(`${error.message}${logged}`, /canary/);
});

test("an extension that does not answer in time, or speaks another version, is HOST_UNAVAILABLE", async () => {
	const { page, view } = scene({}, { timeoutMs: 20 });
	view.show(false);
	const silent = await refusal(page.callbackUri());
	assert.deepEqual(
		[silent.code, silent.retryable, silent.category],
		["HOST_UNAVAILABLE", true, "platform"],
	);
	assert.ok((await refusal(page.fetch(`${API}/`))) instanceof TypeError);
	view.show(true);
	const post = view.webview.postMessage;
	view.webview.postMessage = (each) => post({ ...each, version: 9 });
	assert.equal((await refusal(page.callbackUri())).code, "HOST_UNAVAILABLE");
});

test("an answer to what the page asked before a reload does not fit, and a disposed host keeps nothing", async () => {
	const { page, view } = scene();
	const ids = [];
	const post = view.webview.postMessage;
	view.webview.postMessage = async () => true;
	view.webview.onDidReceiveMessage(({ id }) => id && ids.push(id));
	const before = page.callbackUri();
	before.catch(() => {});
	view.unload();
	view.webview.postMessage = post;
	const next = view.load();
	const after = next.callbackUri();
	await turn();
	view.arrive(message("result", { id: ids[0], value: "old" }));
	assert.equal(await after, CALLBACK);
	assert.notEqual(ids[0], ids[1]);
	page.dispose();
	assert.equal((await refusal(before)).code, "HOST_UNAVAILABLE");
	next.dispose();
	const listeners = view.pageListeners;
	view.dispose();
	assert.equal(view.pageListeners, listeners - 1);
});

test("J3 the policy lets the client run and nothing else, and cannot be broken out of", () => {
	const view = { cspSource: "'self' https://*.vscode-cdn.net" };
	assert.equal(
		contentSecurityPolicy(view),
		"default-src 'none'; script-src 'self' https://*.vscode-cdn.net 'wasm-unsafe-eval'; style-src 'self' https://*.vscode-cdn.net; " +
			"font-src 'self' https://*.vscode-cdn.net; img-src 'self' https://*.vscode-cdn.net https: data:",
	);
	const other = contentSecurityPolicy(view, {
		nonce: "abc123",
		streaming: true,
		connect: [API],
		images: [],
	});
	assert.match(other, /script-src 'nonce-abc123' 'wasm-unsafe-eval';/);
	assert.match(
		other,
		/connect-src 'self' https:\/\/\*\.vscode-cdn\.net https:\/\/app\.example$/,
	);
	assert.doesNotMatch(other, /'unsafe-(eval|inline)'/);
	assert.match(
		contentSecurityPolicyTag(view),
		/^<meta http-equiv="Content-Security-Policy" content="[^"]+">$/,
	);
	for (const wrong of [
		"https://a; script-src *",
		'https://a"',
		"https://a, default-src *",
		"",
	])
		assert.throws(
			() => contentSecurityPolicy(view, { connect: [wrong] }),
			TypeError,
			wrong,
		);
	assert.throws(
		() => contentSecurityPolicy(view, { nonce: "a' 'unsafe-eval" }),
		TypeError,
	);
});

test("J2 no file of the package posts a message to whoever listens", () => {
	const folder = new URL("../../pkg/", import.meta.url);
	for (const name of readdirSync(folder).filter((each) =>
		each.endsWith(".js"),
	)) {
		const text = readFileSync(new URL(name, folder), "utf8");
		assert.doesNotMatch(text, /postMessage\([^)]*["'`]\*/, name);
		assert.doesNotMatch(text, /(window|parent|opener|top)\.postMessage/, name);
	}
});
