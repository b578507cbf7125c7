// What a webview sends through its extension, in an editor that is played: what goes out and comes back, and when it ends.

import assert from "node:assert/strict";
import { test } from "node:test";
import { message } from "../../pkg/vscode-messages.js";
import { API, refusal, scene, served, turn } from "./editor.js";

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

/** A scene whose extension sends with a function that notes what it is given, and answers with `answer`. */
function played(answer = () => new Response("{}")) {
	const sent = [];
	const fetch = async (url, init) => {
		sent.push(init);
		return answer(url, init);
	};
	return { ...scene({ fetch }), sent };
}

test("a request goes out with no cookie and past every cache, and no cookie comes back", async () => {
	const headers = [
		["ETag", '"1"'],
		["Set-Cookie", "session=canary; HttpOnly"],
	];
	const { page, view, sent } = played(() => new Response("{}", { headers }));
	const said = [];
	const post = view.webview.postMessage;
	view.webview.postMessage = (each) => {
		said.push(each);
		return post(each);
	};
	await (await page.fetch(`${API}/`)).text();
	const { credentials, cache, redirect } = sent[0];
	assert.deepEqual(
		[credentials, cache, redirect],
		["omit", "no-store", "error"],
	);
	assert.match(JSON.stringify(said), /etag/);
	assert.doesNotMatch(JSON.stringify(said), /canary/);
});

test("an answer that lies in a larger buffer does not take the rest of it along", async () => {
	const memory = Buffer.from("canary-before{}canary-after");
	const body = new ReadableStream({
		start(controller) {
			controller.enqueue(memory.subarray(13, 15));
			controller.close();
		},
	});
	const { page, view } = played(() => ({ status: 200, headers: [], body }));
	const sizes = [];
	const post = view.webview.postMessage;
	view.webview.postMessage = (each) => {
		if (each.type === "chunk") sizes.push(each.bytes.buffer.byteLength);
		return post(each);
	};
	assert.equal(await (await page.fetch(`${API}/`)).text(), "{}");
	assert.deepEqual(sizes, [2]);
});

test("a second request of the same id is none, so that closing the webview ends all there are", async () => {
	const { view, sent } = played(() => new Promise(() => {}));
	const request = { url: `${API}/`, method: "GET", headers: [], body: null };
	for (let times = 0; times < 2; times += 1)
		view.post(message("call", { id: "1", method: "fetch", params: [request] }));
	await turn();
	view.dispose();
	assert.deepEqual(
		sent.map(({ signal }) => signal.aborted),
		[true],
	);
});

test("what the page gives up for want of an answer is given up by the extension too", async () => {
	const { page, view, sent } = played(() => new Promise(() => {}));
	view.show(false);
	const quick = view.load({ timeoutMs: 20 });
	assert.ok((await refusal(quick.fetch(`${API}/`))) instanceof TypeError);
	await turn();
	assert.deepEqual(
		sent.map(({ signal }) => signal.aborted),
		[true],
	);
	quick.dispose();
	page.dispose();
});

test("a browser whose requests do not say whether they have a body sends with and without one", async (t) => {
	const body = Object.getOwnPropertyDescriptor(Request.prototype, "body");
	Object.defineProperty(Request.prototype, "body", {
		configurable: true,
		get: () => undefined,
	});
	t.after(() => Object.defineProperty(Request.prototype, "body", body));
	const asked = [];
	const origin = await served(async (request, response) => {
		const chunks = [];
		for await (const chunk of request) chunks.push(chunk);
		asked.push([request.method, Buffer.concat(chunks).toString()]);
		response.end("{}");
	});
	const { page } = scene({ origins: [origin] });
	await page.fetch(`${origin}/`);
	await page.fetch(`${origin}/`, { method: "POST", body: "text" });
	assert.deepEqual(asked, [
		["GET", ""],
		["POST", "text"],
	]);
});
