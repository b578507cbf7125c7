// The messages of a task on their way, in Chromium, to a server that takes its time.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { launch } from "./chromium.js";

const PKG = new URL("../../pkg/", import.meta.url);
const TYPES = { js: "text/javascript", wasm: "application/wasm" };
/** More than what the browser and the system take in before the server has read anything. */
const MESSAGE_BYTES = 24 * 1024 * 1024;

/** What became of each backfill: how many bytes came, and whether all did. */
const backfills = [];

const server = createServer(async (request, response) => {
	if (request.url === "/api/events/backfill") {
		const backfill = { bytes: 0, whole: false };
		backfills.push(backfill);
		try {
			for await (const chunk of request) {
				backfill.bytes += chunk.length;
				backfill.tail = chunk.subarray(-8).toString();
				await pause(4);
			}
			backfill.whole = true;
			response.end("{}");
		} catch {
			backfill.cut = true;
		}
		return;
	}
	if (!request.url.startsWith("/pkg/")) {
		response.setHeader("Content-Type", "text/html");
		response.end(request.url === "/" ? "<!doctype html>" : "{}");
		return;
	}
	const name = request.url.slice("/pkg/".length);
	response.setHeader("Content-Type", TYPES[name.split(".").pop()]);
	response.end(await readFile(fileURLToPath(new URL(name, PKG))));
});

let browser;
let page;

before(async () => {
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	browser = await launch();
	page = await browser.newPage();
	await page.goto(`http://127.0.0.1:${server.address().port}/`);
	await page.evaluate(async (bytes) => {
		const { CloudService } = await import("/pkg/index.js");
		const part = (value) => btoa(JSON.stringify(value)).replaceAll("=", "");
		const claims = { r: { u: "user_ada" }, exp: 4102444800 };
		const cloud = await CloudService.createInstance({
			apiUrl: location.origin,
			auth: { type: "token", token: `${part({})}.${part(claims)}.x` },
		});
		const messages = [{ ts: 1, type: "say", text: "x".repeat(bytes) }];
		window.backfill = async (abortAt, watched = true) => {
			const told = [];
			const abort = new AbortController();
			const onProgress = ({ sentBytes, totalBytes }) => {
				told.push({ sentBytes, totalBytes });
				if (sentBytes >= totalBytes * abortAt) abort.abort();
			};
			const code = await cloud
				.backfillMessages("task-1", messages, {
					signal: abort.signal,
					...(watched ? { onProgress } : {}),
				})
				.catch((error) => error.code);
			return { told, code };
		};
	}, MESSAGE_BYTES);
});

after(async () => {
	await browser?.close();
	server.closeAllConnections();
	server.close();
});

test("progress rises while the messages go out, and ends when the cloud has them", async () => {
	const { told, code } = await page.evaluate(() => window.backfill(2));
	assert.equal(code, undefined);
	const { bytes, whole, tail } = backfills.at(-1);
	assert.ok(whole && tail.endsWith("--\r\n"));
	const total = told[0].totalBytes;
	assert.equal(bytes, total);
	assert.deepEqual([told[0].sentBytes, told.at(-1).sentBytes], [0, total]);
	const between = told.slice(1, -1).map(({ sentBytes }) => sentBytes);
	assert.ok(between.length >= 5, `told ${between.length} times between`);
	assert.deepEqual(
		between,
		[...new Set(between)].sort((a, b) => a - b),
	);
	assert.ok(between.some((sent) => sent > total / 4 && sent < (total * 3) / 4));
});

test("aborted half way, the rest is not sent", async () => {
	const { told, code } = await page.evaluate(() => window.backfill(0.5));
	assert.equal(code, "ABORTED");
	const { sentBytes, totalBytes } = told.at(-1);
	assert.ok(sentBytes < totalBytes);
	const backfill = backfills.at(-1);
	for (let tries = 0; !backfill.cut && tries < 500; tries += 1) await pause(20);
	assert.ok(backfill.cut && backfill.bytes < totalBytes);
});

test("where nobody listens for progress, fetch sends them", async () => {
	const asked = await page.evaluate(async () => {
		const fetch = window.fetch;
		let asked = 0;
		window.fetch = (url, init) => {
			if (`${url}`.endsWith("/backfill")) asked += 1;
			return fetch(url, init);
		};
		const { code } = await window.backfill(2, false);
		window.fetch = fetch;
		return code ?? asked;
	});
	assert.equal(asked, 1);
	assert.ok(backfills.at(-1).whole);
});
