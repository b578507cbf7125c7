// The tarball that npm installs: what is in it, what bundlers and TypeScript make of its entries, and that it works where it was put,
// outside of this repository, in Node and in Chromium.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { serve } from "../tools/serve.js";
import { launch, outcome } from "./chromium.js";
import { install, tarball } from "./installed.js";

const TESTS = fileURLToPath(new URL("..", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TOKEN = [{ alg: "none" }, { r: { u: "user_ana" } }, "s"]
	.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
	.join(".");

let folder;
let packed;
let browser;

before(async () => {
	folder = install();
	packed = join(folder, "node_modules/roo-cloud-web");
	browser = await launch();
});

after(() => browser?.close());

const files = () =>
	readdirSync(packed, { recursive: true }).filter((path) =>
		/\.|LICEN[CS]ES?$/.test(path),
	);
const entries = () =>
	JSON.parse(readFileSync(join(packed, "package.json"), "utf8")).exports;

/** Runs a module in Node, in the folder that the package was installed into; gives what it printed. */
function node(source) {
	writeFileSync(join(folder, "script.js"), source);
	const run = spawnSync(process.execPath, ["script.js"], {
		cwd: folder,
		encoding: "utf8",
	});
	assert.equal(run.status, 0, run.stderr);
	return run.stdout.trim();
}

test("it holds what it needs, with licences, and nothing else", () => {
	const found = files();
	for (const { types, default: file } of Object.values(entries()).filter(
		(entry) => entry.types,
	)) {
		assert.ok(found.includes(types.slice(2)), types);
		assert.ok(found.includes(file.slice(2)), file);
	}
	for (const name of ["LICENSE", "THIRD-PARTY-LICENSES", "README.md"])
		assert.ok(found.includes(name), name);
	const strays = found.filter(
		(path) =>
			!/^[\w-]+\.(js|d\.ts|md|json)$|^wasm\/\w+\.(js|wasm)$|LICENSES?$/.test(
				path,
			),
	);
	assert.deepEqual(strays, []);
	const licences = readFileSync(join(packed, "THIRD-PARTY-LICENSES"), "utf8");
	for (const crate of ["wasm-bindgen", "futures-util", "talc"])
		assert.match(licences, new RegExp(`^ {2}${crate} \\d`, "m"));
});

test("each file's origin is told, and its sum is right", () => {
	const { files: told } = JSON.parse(
		readFileSync(join(packed, "provenance.json"), "utf8"),
	);
	const expected = files().filter(
		(path) => !["package.json", "provenance.json"].includes(path),
	);
	assert.deepEqual(Object.keys(told).sort(), expected.sort());
	for (const [path, { from, sha256 }] of Object.entries(told)) {
		assert.ok(from, path);
		const sum = createHash("sha256").update(readFileSync(join(packed, path)));
		assert.equal(sum.digest("hex"), sha256, path);
	}
});

test("no file names a path of the machine it was built on, and the module carries no names of functions", () => {
	for (const path of files()) {
		const text = readFileSync(join(packed, path), "latin1");
		for (const local of [
			homedir(),
			ROOT,
			...["home", "root", "Users"].map((name) => `/${name}/`),
			".cargo/registry",
		])
			assert.ok(!text.includes(local), `${path} contains ${local}`);
	}
	const module = new WebAssembly.Module(
		readFileSync(join(packed, "wasm/roo_cloud_web_bg.wasm")),
	);
	assert.equal(WebAssembly.Module.customSections(module, "name").length, 0);
});

test("publint and attw have nothing to say", () => {
	for (const [tool, ...words] of [
		["publint", "--strict", tarball()],
		["attw", "--profile", "esm-only", "--no-emoji", tarball()],
	]) {
		const run = spawnSync(join(TESTS, "node_modules/.bin", tool), words, {
			encoding: "utf8",
		});
		assert.equal(run.status, 0, run.stdout + run.stderr);
	}
});

test("importing does nothing: no request, no timer, no global, in Node as a server renders", () => {
	const printed = node(`
		const before = Object.getOwnPropertyNames(globalThis).join();
		const used = [];
		for (const name of ["fetch", "setTimeout", "setInterval", "queueMicrotask"])
			globalThis[name] = () => used.push(name);
		await import("roo-cloud-web");
		await import("roo-cloud-web/inline");
		await import("roo-cloud-web/vscode-host");
		await import("roo-cloud-web/vscode-webview");
		console.log(JSON.stringify([used, Object.getOwnPropertyNames(globalThis).join() === before]));
	`);
	assert.deepEqual(JSON.parse(printed), [[], true]);
});

test("in Node, the entry that carries its bytes works by itself", () => {
	const printed = node(`
		import { CloudService, mergeProfiles } from "roo-cloud-web/inline";
		const cloud = await CloudService.createInstance({
			apiUrl: "https://cloud.example",
			auth: { type: "token", token: ${JSON.stringify(TOKEN)} },
			fetch: async () => new Response("", { status: 503 }),
		});
		const { result } = mergeProfiles({ apiConfigs: {} }, { Team: { id: "1" } });
		console.log(cloud.getUserInfo().id, result.added);
		cloud.dispose();
	`);
	assert.equal(printed, "user_ana [ 'Team' ]");
});

test("both entries are one client: what one made, the other knows", () => {
	const printed = node(`
		import { CloudService } from "roo-cloud-web";
		import * as inline from "roo-cloud-web/inline";
		await inline.default();
		console.log(inline.CloudService === CloudService);
	`);
	assert.equal(printed, "true");
});

const page = (entry) => `<!doctype html>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' 'sha256-HASH' 'wasm-unsafe-eval'; connect-src 'self' https:; img-src data:">
<link rel="icon" href="data:,">
<script type="module">${entry}</script>`;

/** A page under a strict policy whose one inline script is allowed by its hash. */
function strictPage(script) {
	const hash = createHash("sha256").update(script).digest("base64");
	return page(script).replace("HASH", hash);
}

for (const entry of ["index.js", "inline.js"]) {
	test(`J3 in Chromium, ${entry} works as it lies, under a policy that allows no eval`, async () => {
		writeFileSync(
			join(folder, "index.html"),
			strictPage(`
				import { CloudError, CloudService } from "/node_modules/roo-cloud-web/${entry}";
				const refused = await CloudService.createInstance({ apiUrl: "http://x.example", auth: { type: "token", token: "t" } }).catch((e) => e);
				const cloud = await CloudService.createInstance({
					apiUrl: "https://cloud.example",
					auth: { type: "token", token: "${TOKEN}" },
					fetch: async () => new Response("", { status: 503 }),
				});
				globalThis.outcome = { user: cloud.getUserInfo().id, code: CloudError.is(refused) && refused.code };
			`),
		);
		const { origin, requests, close } = await serve(folder);
		try {
			assert.deepEqual(await outcome(browser, `${origin}/`), {
				user: "user_ana",
				code: "CONFIG",
			});
			// What a page begins with, first; the rest follows when it likes.
			const fetched = requests.filter((path) => path.endsWith(".wasm"));
			assert.equal(
				fetched[0]?.split("/").pop(),
				entry === "inline.js" ? undefined : "first.wasm",
			);
		} finally {
			close();
		}
	});
}

test("the part that asks the network may be out of reach for a while: the page goes on, and calls wait for it", async () => {
	writeFileSync(
		join(folder, "index.html"),
		strictPage(`
			import init, { CloudService, mergeProfiles } from "/node_modules/roo-cloud-web/index.js";
			const real = globalThis.fetch;
			globalThis.fetch = (url, options) =>
				String(url).endsWith("online.wasm") ? Promise.reject(new TypeError("out of reach")) : real(url, options);
			const cloud = await CloudService.createInstance({
				apiUrl: "https://cloud.example",
				auth: { type: "token", token: "${TOKEN}" },
				fetch: async () => Response.json({ credits: { balance: 5 } }),
			});
			const code = async (call) => { try { await call(); } catch (error) { return error.code; } };
			const told = new Promise((resolve) => cloud.on("background-error", (error) => resolve(error.code)));
			const id = cloud.captureEvent({ type: "Task Created", properties: {
				appName: "a", appVersion: "1", vscodeVersion: "1", platform: "p", editorName: "e", language: "en", mode: "code", taskId: "t" } });
			const before = [await told, await code(() => mergeProfiles({ apiConfigs: {} }, {})),
				await code(() => cloud.saveProfile("mine", { apiProvider: "ollama" })), typeof id];
			globalThis.fetch = real;
			await cloud.saveProfile("mine", { apiProvider: "ollama" });
			await init();
			globalThis.outcome = { before, names: cloud.listProfiles().map(({ name }) => name), merged: Object.keys(mergeProfiles({ apiConfigs: {} }, {})) };
		`),
	);
	const { origin, close } = await serve(folder);
	try {
		assert.deepEqual(await outcome(browser, `${origin}/`), {
			before: ["LOAD_FAILED", "NOT_INITIALIZED", "LOAD_FAILED", "string"],
			names: ["mine"],
			merged: ["profiles", "result"],
		});
	} finally {
		close();
	}
});

test("packing twice makes the same bytes", () => {
	const sum = () =>
		createHash("sha256").update(readFileSync(tarball())).digest("hex");
	const first = sum();
	execFileSync(join(ROOT, "tests/tools/pack.sh"), { stdio: "pipe" });
	assert.equal(sum(), first);
});
