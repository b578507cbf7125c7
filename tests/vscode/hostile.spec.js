// The cases J1 to J3 of tests/cases.md in a real editor: a page that opened it, frames beside and within the webview, a webview that somebody has
// got into. The tests go on from one another.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { message } from "../../pkg/vscode-messages.js";
import { FOREIGN, openWindow } from "./window.js";

let editor;
/** The webview's page, and the editor's frame around it. */
let inner;
let outer;
/** Whom the webview must not reach; notes who came. */
let elsewhere;
const reached = [];

before(async () => {
	const server = createServer((request, response) => {
		reached.push(`${request.method} ${request.url}`);
		response.end();
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	elsewhere = {
		origin: `http://127.0.0.1:${server.address().port}`,
		close: () => server.close(),
	};
	editor = await openWindow();
	await editor.signIn();
	({ inner, outer } = await editor.frames());
	await inner.evaluate(() => {
		globalThis.arrived = [];
		addEventListener("message", ({ data, origin }) =>
			arrived.push({ data, origin }),
		);
	});
});
after(async () => {
	await editor?.close();
	elsewhere?.close();
});

/** Posts `data` from `frame` to every window that it can get at, and resolves with the origin that the webview saw it come from. */
async function tell(frame, data) {
	const before = await inner.evaluate(() => arrived.length);
	await frame.evaluate((data) => {
		const walk = (view) => {
			postTo(view, data);
			for (let i = 0; i < view.length; i += 1) walk(view[i]);
		};
		walk(globalThis.opened ?? top);
	}, data);
	const found = await inner.waitForFunction(
		([before, data]) =>
			arrived
				.slice(before)
				.find((each) => JSON.stringify(each.data) === JSON.stringify(data)),
		[before, data],
	);
	return (await found.jsonValue()).origin;
}

/** A frame with `attributes`, put into `parent`. */
async function frameIn(parent, attributes) {
	const handle = await parent.evaluateHandle((attributes) => {
		const frame = document.createElement("iframe");
		for (const [name, value] of Object.entries(attributes))
			frame.setAttribute(name, value);
		document.body.append(frame);
		return frame;
	}, attributes);
	const frame = await handle.asElement().contentFrame();
	await frame.waitForFunction(() => globalThis.postTo);
	return frame;
}

/** Everything that is not the frame around the webview's page. */
const strangers = async () => [
	editor.foreign,
	editor.page.mainFrame(),
	inner,
	await frameIn(inner, { name: "within" }),
	await frameIn(outer, { name: "beside" }),
	await frameIn(outer, { name: "opaque", sandbox: "allow-scripts" }),
];

/** Says `sent` to the extension as the webview's page would, and resolves with what came back for its id before a later call was answered. */
let asked = 0;
async function answers(sent) {
	asked += 1;
	const before = await inner.evaluate(() => arrived.length);
	const last = `last/${asked}`;
	await outer.evaluate(
		(messages) => {
			for (const message of messages)
				__vscode_post_message__("onmessage", { message });
		},
		[sent, message("call", { id: last, method: "callbackUri", params: [] })],
	);
	await inner.waitForFunction(
		(last) =>
			arrived.some(({ data }) => data?.id === last && data.type === "result"),
		last,
	);
	const heard = await inner.evaluate(
		(before) => arrived.slice(before).map(({ data }) => data),
		before,
	);
	// What the client asks meanwhile, and is told of, is answered too.
	return heard.filter(
		(data) => data?.type !== "event" && data?.id === sent?.id,
	);
}

test("J2 in the editor, what webview and extension tell each other is posted for the webview's origin alone, and no other window hears of it", async () => {
	await editor.press("Refresh");
	await editor.press("Share");
	await editor.press("Backfill");
	const types = await outer.evaluate(() => said.map(({ type }) => type));
	assert.deepEqual([...new Set(types)].sort(), ["call", "listen", "received"]);

	const posted = await inner.evaluate(() => posted);
	const kinds = new Set(posted.map(({ data }) => data.type));
	for (const type of ["accepted", "result", "head", "chunk", "end", "event"])
		assert.ok(kinds.has(type), type);
	assert.deepEqual(
		[...new Set(posted.map(({ origin }) => origin))],
		[await inner.evaluate(() => globalThis.origin)],
	);
	for (const frame of [editor.foreign, ...editor.page.frames()])
		if (frame !== inner)
			assert.deepEqual(await frame.evaluate(() => heard), [], frame.url());
});

test("J1 in the editor, the webview hears the frame around it alone, and only what has the package's shape and version", async () => {
	const stolen = message("event", {
		event: "callback",
		data: "vscode://x/auth?code=stolen&state=s",
		delivery: "stolen",
	});
	const received = () =>
		outer.evaluate(
			() => said.filter(({ delivery }) => delivery === "stolen").length,
		);
	const origins = [];
	for (const frame of await strangers())
		origins.push(await tell(frame, stolen));
	const own = await inner.evaluate(() => globalThis.origin);
	assert.deepEqual([...new Set(origins)].sort(), [FOREIGN, own, "null"].sort());
	for (const data of [
		"stolen",
		null,
		{ ...stolen, channel: "other" },
		{ ...stolen, version: 2 },
		{ ...stolen, version: "1" },
		{ ...stolen, data: { url: "stolen" } },
		{ ...stolen, event: "toString" },
		{ ...stolen, event: "__proto__" },
		{ type: "event", event: "callback", data: "x", delivery: "stolen" },
	])
		await tell(outer, data);
	assert.equal(await received(), 0);
	await tell(outer, stolen);
	assert.equal(await received(), 1);
	await editor.fact("state", "active-session");
});

test("J1 in the editor, an answer counts from the frame around the webview alone, in its shape, for an id that waits", async () => {
	/** Refreshes while the extension says nothing but what `forge` has others say. */
	async function refreshed(forge) {
		const before = await outer.evaluate(() => said.length);
		editor.pause();
		try {
			await editor
				.webview()
				.getByRole("button", { name: "Refresh", exact: true })
				.click();
			await editor.fact("outcome", "Refresh…");
			const call = await outer.waitForFunction(
				(before) => said.slice(before).find(({ type }) => type === "call"),
				before,
			);
			const { id } = await call.jsonValue();
			await forge(message("error", { id, message: "forged" }));
		} finally {
			editor.resume();
		}
		return editor.fact("outcome", /^Refresh: /);
	}
	const theirs = await strangers();
	const told = await refreshed(async (forged) => {
		for (const frame of theirs) await tell(frame, forged);
		for (const data of [
			{ ...forged, channel: "other" },
			{ ...forged, version: "1" },
			{ ...forged, id: forged.id.replace(/\d+$/, "999") },
			{ ...forged, id: "__proto__" },
			{ ...forged, type: "toString" },
		])
			await tell(outer, data);
	});
	assert.match(told, /^Refresh: \{"changed":/);
	const heard = await refreshed((forged) => tell(outer, forged));
	assert.equal(heard, "Refresh: NETWORK");
});

test("J1 in the editor, the extension does nothing but what it knows, for calls of the package's shape", async () => {
	await editor.page.evaluate(() => navigator.clipboard.writeText("mine"));
	const call = (members) =>
		message("call", {
			id: "1",
			method: "writeClipboard",
			params: ["theirs"],
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
		assert.deepEqual(await answers(ignored), [], JSON.stringify(ignored));
	for (const refused of [
		call({ method: "constructor" }),
		call({ method: "__proto__" }),
		call({ method: "eval" }),
		call({ params: [] }),
		call({ params: [{}] }),
		call({ method: "secrets.get", params: ["x".repeat(2_000)] }),
		{ ...call(), version: 2 },
	]) {
		const heard = await answers(refused);
		assert.deepEqual(
			[heard.at(-1).type, heard.at(-1).id],
			["error", "1"],
			JSON.stringify(refused),
		);
	}
	assert.equal(
		await editor.page.evaluate(() => navigator.clipboard.readText()),
		"mine",
	);
	await answers(call());
	assert.equal(
		await editor.page.evaluate(() => navigator.clipboard.readText()),
		"theirs",
	);
});

test("J3 in the editor, the extension asks and opens the origins it was given alone, with its methods, and follows no redirect", async () => {
	const { cloud, page } = editor;
	const { host } = new URL(cloud.apiUrl);
	cloud.control.faults.add({
		route: "/redirects",
		status: 307,
		headers: { Location: `${elsewhere.origin}/redirected` },
	});
	const fetch = (url, members) =>
		message("call", {
			id: "1",
			method: "fetch",
			params: [{ url, method: "GET", headers: [], body: null, ...members }],
		});
	const open = (url) =>
		message("call", { id: "1", method: "openExternal", params: [url] });
	const pages = page.context().pages().length;
	for (const url of [
		`${elsewhere.origin}/`,
		`${elsewhere.origin}/?${cloud.apiUrl}`,
		`http://${host}@${new URL(elsewhere.origin).host}/`,
		`http://user@${host}/`,
		`http://${host.replace(":", ".:")}/`,
		`http://${host.replace(/\d+$/, "1")}/`,
		`https://${host}/`,
		`//${host}/`,
		"file:///etc/passwd",
		"command:workbench.action.quit",
		"javascript:alert(1)",
		`blob:${cloud.apiUrl}/x`,
	])
		for (const call of [fetch(url), open(url)]) {
			const heard = await answers(call);
			assert.equal(heard.at(-1)?.type, "error", url);
			assert.match(heard.at(-1).message, /does not allow/, url);
		}
	for (const method of ["DELETE", "PUT", "get", "CONNECT"]) {
		const heard = await answers(fetch(`${cloud.apiUrl}/api/me`, { method }));
		assert.match(heard.at(-1).message, /does not send/, method);
	}
	await outer.evaluate(
		(message) => __vscode_post_message__("onmessage", { message }),
		{ ...fetch(`${cloud.apiUrl}/redirects`), id: "redirected" },
	);
	const redirected = await inner.waitForFunction(() =>
		arrived.findLast(
			({ data }) => data?.id === "redirected" && data.type !== "accepted",
		),
	);
	const { data } = await redirected.jsonValue();
	assert.equal(data.type, "error");
	assert.deepEqual(reached, []);
	assert.equal(page.context().pages().length, pages);
	cloud.control.faults.clear();
});

test("J3 in the editor, nothing that gets into the page runs, and it reaches nobody", async () => {
	const [ran, refused] = await inner.evaluate(async (elsewhere) => {
		const ran = [];
		const refused = [];
		addEventListener("securitypolicyviolation", ({ effectiveDirective }) =>
			refused.push(effectiveDirective),
		);
		globalThis.run = (name) => ran.push(name);
		const add = (name, members) =>
			document.body.append(
				Object.assign(document.createElement(name), members),
			);
		add("script", { textContent: "run('script')" });
		add("script", { src: `${elsewhere}/script` });
		add("script", { src: "data:text/javascript,run('data')" });
		add("iframe", { src: `${elsewhere}/frame` });
		add("img", { src: `${elsewhere}/image` });
		add("link", { rel: "stylesheet", href: `${elsewhere}/style` });
		add("base", { href: elsewhere });
		document.body.insertAdjacentHTML("beforeend", "<b onclick=run('on')>");
		document.body.lastChild.click();
		setTimeout("run('timeout')");
		await import("data:text/javascript,run('import')").catch(() => {});
		await fetch(`${elsewhere}/fetch`).catch(() => {});
		navigator.sendBeacon(`${elsewhere}/beacon`);
		// Whatever is refused is told of.
		for (let frames = 0; refused.length < 12 && frames < 300; frames += 1)
			await new Promise(requestAnimationFrame);
		return [ran, refused.sort()];
	}, elsewhere.origin);
	assert.deepEqual([ran, reached], [[], []]);
	assert.deepEqual(refused, [
		"base-uri",
		"connect-src",
		"connect-src",
		"frame-src",
		"img-src",
		"script-src",
		"script-src-attr",
		"script-src-elem",
		"script-src-elem",
		"script-src-elem",
		"script-src-elem",
		"style-src-elem",
	]);
	// A form takes the page away, and goes nowhere either.
	const gone = editor.page.waitForEvent("framenavigated");
	await inner.evaluate((elsewhere) => {
		const form = document.createElement("form");
		form.action = `${elsewhere}/form`;
		document.body.append(form);
		form.submit();
	}, elsewhere.origin);
	await gone;
	assert.deepEqual(reached, []);
	// It would have been noted.
	await fetch(elsewhere.origin);
	assert.deepEqual(reached, ["GET /"]);
});
