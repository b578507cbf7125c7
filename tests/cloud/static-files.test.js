import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startCloud } from "./cloud.js";

/** @type {Awaited<ReturnType<typeof startCloud>>} */
let cloud;
/** @type {string} */
let folder;
before(async () => {
	folder = await mkdtemp(join(tmpdir(), "roo-cloud-"));
	const site = join(folder, "site");
	await mkdir(join(site, "assets"), { recursive: true });
	await writeFile(
		join(site, "index.html"),
		"<!doctype html><title>app</title>",
	);
	await writeFile(
		join(site, "assets", "module-1a2b.wasm"),
		Buffer.from([0, 97, 115, 109]),
	);
	await writeFile(join(folder, "outside.txt"), "not served");
	cloud = await startCloud({ staticDirectory: site });
});
after(async () => {
	await cloud.close();
	await rm(folder, { recursive: true });
});

test("modules have exactly the type that streaming wants, and hashed names are kept for good", async () => {
	const answer = await fetch(`${cloud.dashboardUrl}/assets/module-1a2b.wasm`);
	assert.equal(answer.headers.get("content-type"), "application/wasm");
	assert.equal(
		answer.headers.get("cache-control"),
		"max-age=31536000, immutable",
	);
});

test("the app's own paths give its page, under a policy without eval; missing files are 404", async () => {
	for (const path of ["/", "/callback?code=c&state=s", "/profiles"]) {
		const answer = await fetch(cloud.dashboardUrl + path);
		assert.deepEqual(
			[answer.status, answer.headers.get("content-type")],
			[200, "text/html; charset=utf-8"],
		);
		assert.match(
			answer.headers.get("content-security-policy") ?? "",
			/script-src 'self' 'wasm-unsafe-eval'/,
		);
	}
	assert.equal(
		(await fetch(`${cloud.dashboardUrl}/assets/missing.js`)).status,
		404,
	);
});

test("nothing outside the directory is served", async () => {
	for (const path of [
		"/..%2foutside.txt",
		"/assets/%2e%2e/%2e%2e/outside.txt",
		"/%ff",
		"/..%5coutside.txt",
	]) {
		assert.equal((await fetch(cloud.dashboardUrl + path)).status, 404, path);
	}
});

test("an unchanged file is 304, and config.json says where the cloud is", async () => {
	const first = await fetch(`${cloud.dashboardUrl}/`);
	const again = await fetch(`${cloud.dashboardUrl}/`, {
		headers: {
			"If-None-Match": first.headers.get("etag") ?? "",
			"Cache-Control": "no-cache",
		},
	});
	assert.equal(again.status, 304);
	const config = await (
		await fetch(`${cloud.dashboardUrl}/config.json`)
	).json();
	assert.deepEqual(config, {
		apiUrl: cloud.apiUrl,
		issuer: cloud.issuer,
		clientId: cloud.clientId,
	});
});
