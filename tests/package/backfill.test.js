// The messages of a task on their way, in Chromium, to a server that takes its time and speaks HTTP/2, as clouds do: how far they are is told.
// (What holds in every engine: tests/engines/backfill.test.js.)

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createSecureServer } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { launch } from "./chromium.js";

const PKG = new URL("../../pkg/", import.meta.url);
const TYPES = { js: "text/javascript", wasm: "application/wasm" };
/** More than what the browser and the system take in before the server has read anything. */
const MESSAGE_BYTES = 24 * 1024 * 1024;

/** A certificate that nobody trusts, for an hour's test. */
function certificate() {
	const folder = mkdtempSync(join(tmpdir(), "roo-cloud-web-"));
	const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(folder, name));
	execFileSync(
		"openssl",
		`req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=127.0.0.1 -keyout ${key} -out ${cert}`.split(
			" ",
		),
		{ stdio: "ignore" },
	);
	const pair = { key: readFileSync(key), cert: readFileSync(cert) };
	rmSync(folder, { recursive: true });
	return pair;
}

/** What became of each backfill: how many bytes came, and whether all did. */
const backfills = [];

const server = createSecureServer(certificate(), async (request, response) => {
	if (request.url === "/api/events/backfill") {
		const backfill = { bytes: 0, whole: false };
		backfills.push(backfill);
		request.on("aborted", () => {
			backfill.cut = true;
		});
		try {
			for await (const chunk of request) {
				backfill.bytes += chunk.length;
				backfill.tail = chunk.subarray(-8).toString();
				await pause(4);
			}
			backfill.whole = !backfill.cut;
			response.end("{}");
		} catch {
			// It was cut.
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
	page = await browser.newPage({ ignoreHTTPSErrors: true });
	await page.goto(`https://127.0.0.1:${server.address().port}/`);
	await page.evaluate(async (bytes) => {
		const { CloudService } = await import("/pkg/index.js");
		const part = (value) => btoa(JSON.stringify(value)).replaceAll("=", "");
		const claims = { r: { u: "user_ada" }, exp: 4102444800 };
		const cloud = await CloudService.createInstance({
			apiUrl: location.origin,
			auth: { type: "token", token: `${part({})}.${part(claims)}.x` },
		});
		const messages = [{ ts: 1, type: "say", text: "x".repeat(bytes) }];
		window.backfill = async (abortAt) => {
			const told = [];
			const abort = new AbortController();
			const onProgress = ({ sentBytes, totalBytes }) => {
				told.push({ sentBytes, totalBytes });
				if (sentBytes >= totalBytes * abortAt) abort.abort();
			};
			const code = await cloud
				.backfillMessages("task-1", messages, {
					signal: abort.signal,
					onProgress,
				})
				.catch((error) => error.code);
			return { told, code };
		};
	}, MESSAGE_BYTES);
});

after(async () => {
	await browser?.close();
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
