// The webview's side in a real browser, with frames around and beside it that mean no good: who is heard, and who hears what goes out.
// An editor's outer frame is played by a page of the webview's own origin, which is how VS Code does it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { message } from "../../pkg/vscode-messages.js";
import { launch } from "./chromium.js";

const PACKAGE = fileURLToPath(new URL("../../pkg", import.meta.url));
const ORIGIN = "https://webview.example";
const LOOK_ALIKE = "https://webview.example.evil.example";

/** Each frame keeps what it hears. */
const LISTENS = `<script>
	globalThis.heard = [];
	addEventListener("message", ({ data, origin }) => heard.push({ data, origin }));
</script>`;
const PAGES = {
	[`${ORIGIN}/editor.html`]: `${LISTENS}
		<iframe name="webview" src="/webview.html"></iframe>
		<iframe name="sibling" src="/other.html"></iframe>
		<iframe name="evil" src="${LOOK_ALIKE}/other.html"></iframe>
		<iframe name="opaque" sandbox="allow-scripts" src="/other.html"></iframe>`,
	[`${ORIGIN}/webview.html`]: `${LISTENS}
		<script>
			globalThis.acquireVsCodeApi = () => ({
				postMessage: (data) => postTo(parent, data, "${ORIGIN}"),
				getState() {},
				setState() {},
			});
		</script>
		<script type="module">
			import { createWebviewHost } from "/pkg/vscode-webview.js";
			globalThis.host = createWebviewHost();
			globalThis.callbacks = [];
			host.onCallback((url) => callbacks.push(url));
			globalThis.ready = true;
		</script>`,
	[`${ORIGIN}/other.html`]: LISTENS,
	[`${LOOK_ALIKE}/other.html`]: LISTENS,
	// The webview in a foreign page: around it, but not of its origin.
	[`${LOOK_ALIKE}/editor.html`]: `${LISTENS}<iframe name="webview" src="${ORIGIN}/webview.html"></iframe>`,
};

let browser;
before(async () => {
	browser = await launch();
});
after(() => browser?.close());

/** The editor's page at `origin`, and its frames by name. */
async function opened(t, origin = ORIGIN) {
	const context = await browser.newContext();
	t.after(() => context.close());
	// What is posted to any window of a frame's origin is noted there, but by the test and its editor.
	await context.addInitScript(() => {
		const post = globalThis.postMessage;
		globalThis.postTo = (view, data, origin) => post.call(view, data, origin);
		globalThis.posted = [];
		globalThis.postMessage = (...args) => posted.push(args);
	});
	await context.route("**/*", (route) => {
		const url = new URL(route.request().url());
		if (url.pathname.startsWith("/pkg/"))
			return route.fulfill({
				contentType: "text/javascript",
				body: readFileSync(PACKAGE + url.pathname.slice("/pkg".length)),
			});
		const body = PAGES[url.href];
		return body === undefined
			? route.fulfill({ status: 404 })
			: route.fulfill({ contentType: "text/html", body });
	});
	const page = await context.newPage();
	await page.goto(`${origin}/editor.html`);
	const webview = page.frame("webview");
	await webview.waitForFunction(() => globalThis.ready);
	return { page, webview };
}

/** Posts `data` into the webview from `frame`, and resolves when it has arrived there. */
async function tell(frame, webview, data) {
	const before = await webview.evaluate(() => heard.length);
	const path =
		frame === webview ? "self" : frame.parentFrame() ? "parent" : "top";
	await frame.evaluate(
		([path, data]) => {
			const view = path === "self" ? globalThis : globalThis[path].frames[0];
			postTo(view, data, "*");
		},
		[path, data],
	);
	await webview.waitForFunction((before) => heard.length > before, before);
	return webview.evaluate(() => heard.at(-1).origin);
}

const stolen = message("event", { event: "callback", data: "stolen" });

test("J1 in Chromium, the page hears the frame around it alone, and only what has the package's shape, version and an id that waits", async (t) => {
	const { page, webview } = await opened(t);
	const editor = page.mainFrame();
	await webview.evaluate(() => {
		globalThis.settled = [];
		host.callbackUri().then(
			(value) => settled.push(value),
			(error) => settled.push(error.code),
		);
	});
	const { id } = await editor.evaluate(
		() => heard.find(({ data }) => data.type === "call").data,
	);
	const answer = (members) => message("result", { id, value: "x", ...members });

	const origins = [];
	for (const name of ["sibling", "evil", "opaque", "webview"])
		for (const data of [stolen, answer()])
			origins.push(await tell(page.frame(name), webview, data));
	assert.deepEqual([...new Set(origins)], [ORIGIN, LOOK_ALIKE, "null"]);
	for (const data of [
		"stolen",
		null,
		{ ...stolen, channel: "other" },
		{ ...stolen, version: 2 },
		{ ...stolen, version: "1" },
		{ ...stolen, data: { url: "stolen" } },
		{ ...stolen, event: "toString" },
		{ type: "event", event: "callback", data: "stolen" },
		answer({ channel: "other" }),
		answer({ version: "1" }),
		answer({ type: "constructor" }),
		answer({ id: `${id}0` }),
		answer({ id: id.replace(/.*\//, "00000000-0000-4000-8000-000000000000/") }),
		answer({ id: undefined }),
		answer({ id: [id] }),
	])
		await tell(editor, webview, data);
	assert.deepEqual(await webview.evaluate(() => [callbacks, settled]), [
		[],
		[],
	]);

	await tell(editor, webview, answer({ value: "vscode://mine/auth" }));
	await tell(editor, webview, answer({ value: "too late" }));
	await tell(editor, webview, { ...stolen, data: "mine" });
	assert.deepEqual(await webview.evaluate(() => [callbacks, settled]), [
		["mine"],
		["vscode://mine/auth"],
	]);
});

test("J1 in Chromium, a foreign page around the webview is not heard", async (t) => {
	const { page, webview } = await opened(t, LOOK_ALIKE);
	assert.equal(await tell(page.mainFrame(), webview, stolen), LOOK_ALIKE);
	assert.deepEqual(await webview.evaluate(() => callbacks), []);
});

test("J1 in Chromium, an extension of another version ends the call", async (t) => {
	const { page, webview } = await opened(t);
	const call = webview.evaluate(() =>
		host.callbackUri().catch(({ code, message }) => [code, message]),
	);
	await page.waitForFunction(() =>
		heard.some(({ data }) => data.type === "call"),
	);
	const { id } = await page.evaluate(
		() => heard.find(({ data }) => data.type === "call").data,
	);
	await tell(page.mainFrame(), webview, {
		...message("result", { id, value: "x" }),
		version: 2,
	});
	assert.deepEqual(await call, [
		"HOST_UNAVAILABLE",
		"the extension has another version",
	]);
});

test("J2 in Chromium, what the webview says goes through the API of the editor, and to no window by itself", async (t) => {
	const { page, webview } = await opened(t);
	await webview.evaluate(() => {
		const quiet = (promise) => promise.catch(() => {});
		quiet(host.callbackUri());
		quiet(host.openExternal("https://app.example/"));
		quiet(host.writeClipboard("link"));
		quiet(host.secrets.set("key", "value"));
		quiet(host.secrets.keys(""));
		host.secrets.onChange(() => {});
		const abort = new AbortController();
		quiet(host.fetch("https://app.example/", { signal: abort.signal }));
		setTimeout(() => abort.abort(), 50);
	});
	await page.waitForFunction(() =>
		heard.some(({ data }) => data.type === "abort"),
	);
	await tell(page.mainFrame(), webview, { ...stolen, delivery: 1 });
	await page.waitForFunction(() =>
		heard.some(({ data }) => data.type === "received"),
	);
	const types = await page.evaluate(() => heard.map(({ data }) => data.type));
	assert.deepEqual([...new Set(types)].sort(), [
		"abort",
		"call",
		"listen",
		"received",
	]);

	for (const name of ["sibling", "evil", "opaque"])
		assert.deepEqual(await page.frame(name).evaluate(() => heard), [], name);
	for (const frame of page.frames())
		assert.deepEqual(await frame.evaluate(() => posted), [], frame.name());
	// The webview itself heard the editor alone.
	assert.equal(await webview.evaluate(() => heard.length), 1);
});
