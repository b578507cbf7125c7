// The two sides of an extension, in an editor that is played: what a webview may ask, who is listened to, and that nothing is lost when a webview
// is hidden or made anew. tests/vscode does the same in a real editor.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { CloudError } from "../../pkg/index.js";
import {
	contentSecurityPolicy,
	contentSecurityPolicyTag,
	createCloudHost,
} from "../../pkg/vscode-host.js";
import { message } from "../../pkg/vscode-messages.js";
import { createWebviewHost } from "../../pkg/vscode-webview.js";
import {
	API,
	CALLBACK,
	editor,
	refusal,
	scene,
	secretStorage,
	served,
	turn,
	webview,
} from "./editor.js";

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

test("the answers of several sign-ins wait, the last five of them, each until it was taken", async () => {
	const { window, view, page } = scene();
	const heard = [];
	page.onCallback((url) => heard.push(url.at(-1)));
	await turn();
	view.show(false);
	for (let code = 1; code <= 6; code += 1)
		window.comesBack(`${CALLBACK}?code=${code}`);
	view.show(true);
	await turn();
	assert.deepEqual(heard, ["2", "3", "4", "5", "6"]);
	view.show(true);
	await turn();
	assert.equal(heard.length, 5);
});

test("the code arrives as the server gave it, though the editor undoes its encoding", async () => {
	const { window, page } = scene();
	const heard = [];
	page.onCallback((url) => heard.push(new URL(url).searchParams));
	await turn();
	window.comesBack(`${CALLBACK}?state=s&code=a%2Bb%2Fc%3D%3D&error=x%20y`);
	await turn();
	const names = ["code", "state", "error"];
	assert.deepEqual(
		names.map((name) => heard[0].get(name)),
		["a+b/c==", "s", "x y"],
	);
});

test("a host that was disposed of does nothing more for its webviews", async () => {
	const { window, host, view } = scene();
	host.dispose();
	view.post(
		message("call", { id: "1", method: "writeClipboard", params: ["x"] }),
	);
	await turn();
	assert.deepEqual(window.copied, []);
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
		// What the extension keeps for itself, and the list of names, are none of a webview's business.
		for (const key of ["", "of-the-extension-itself", "roo-cloud-web"])
			assert.equal(await store.get(key), null);
		assert.equal((await store.keys("")).length, 3);
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

test("where an editor does not list secrets, two windows that write at once lose no name, and what one deletes stays deleted", async () => {
	const secrets = secretStorage({ listable: false });
	const [one, other] = [1, 2].map(
		() => scene({ window: editor({ secrets }) }).page.secrets,
	);
	await Promise.all([one.set("a/1", "one"), other.set("a/2", "two")]);
	for (let turns = 0; turns < 10; turns += 1) await turn();
	for (const store of [one, other])
		assert.deepEqual((await store.keys("a/")).sort(), ["a/1", "a/2"]);
	await other.delete("a/1");
	for (let turns = 0; turns < 10; turns += 1) await turn();
	for (const store of [one, other])
		assert.deepEqual(await store.keys("a/"), ["a/2"]);
});

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
		"https://app.example./",
		"https://app.example@evil.example/",
		"https:\\\\evil.example\\@app.example/",
		"//app.example/",
		"blob:https://app.example/x",
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
		call({ method: undefined }),
		call({ method: { toString: null } }),
		call({ method: "x".repeat(101) }),
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
			"font-src 'self' https://*.vscode-cdn.net; img-src 'self' https://*.vscode-cdn.net https: data:; " +
			"base-uri 'self' https://*.vscode-cdn.net; form-action 'none'",
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
		/connect-src 'self' https:\/\/\*\.vscode-cdn\.net https:\/\/app\.example;/,
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
