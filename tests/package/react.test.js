// roo-cloud-web/react, from the installed tarball: on a server in Node, and in Chromium in StrictMode, in transitions and after hydration.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { serve } from "../tools/serve.js";
import { launch } from "./chromium.js";
import { install } from "./installed.js";

const TESTS = fileURLToPath(new URL("..", import.meta.url));
const TOKEN = [{ alg: "none" }, { r: { u: "user_ana" } }, "s"]
	.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
	.join(".");

let folder;
let server;
let browser;
let page;

before(async () => {
	folder = install();
	for (const name of ["react", "react-dom", "scheduler"])
		symlinkSync(
			join(TESTS, "node_modules", name),
			join(folder, "node_modules", name),
		);
	copyFileSync(
		join(TESTS, "package/react/scenarios.jsx"),
		join(folder, "scenarios.jsx"),
	);
	await build({
		entryPoints: [join(folder, "scenarios.jsx")],
		outfile: join(folder, "built.js"),
		bundle: true,
		format: "esm",
		jsx: "automatic",
		logLevel: "error",
		preserveSymlinks: true,
		define: { "process.env.NODE_ENV": '"development"' },
	});
	writeFileSync(join(folder, "index.html"), "<!doctype html><body></body>");
	server = await serve(folder);
	browser = await launch();
	page = await browser.newPage();
	await page.goto(`${server.origin}/`);
});

after(async () => {
	await browser?.close();
	server?.close();
});

const scenario = (name, argument) =>
	page.evaluate(
		async ([name, argument]) => {
			const scenarios = await import("/built.js");
			return scenarios[name](argument);
		},
		[name, argument],
	);

test("on a server it renders what is known before the client is there", () => {
	writeFileSync(
		join(folder, "server.js"),
		`import { createElement as h } from "react";
		import { renderToString } from "react-dom/server";
		import { CloudProvider, useCloud, useCloudService } from "roo-cloud-web/react";
		function State() {
			const { authState, userInfo, profiles } = useCloud();
			return h("p", null, authState, String(userInfo), profiles.length, typeof useCloudService());
		}
		for (const cloud of [undefined, null, new Promise(() => {})])
			console.log(renderToString(h(CloudProvider, { cloud }, h(State))).replace(/<!-- -->/g, " "));`,
	);
	const run = spawnSync(
		process.execPath,
		["--preserve-symlinks", "server.js"],
		{
			cwd: folder,
			encoding: "utf8",
		},
	);
	assert.equal(run.stderr, "");
	assert.equal(run.stdout, "<p>initializing null 0 undefined</p>\n".repeat(3));
});

test("a page rendered on a server is hydrated without complaint, and shows who is signed in once the client is there", async () => {
	assert.deepEqual(await scenario("hydration", TOKEN), {
		rendered: "none nobody initializing",
		complaints: [],
	});
});

test("in StrictMode there is one subscription, and none after unmounting", async () => {
	assert.deepEqual(await scenario("strictMode"), { mounted: 1, unmounted: 0 });
});

test("a page may say what is rendered until the client is there", async () => {
	assert.deepEqual(await scenario("initial"), {
		first: "Ana was here",
		last: "Ben is here",
	});
});

test("a component renders again when its selection changed, and not otherwise", async () => {
	assert.deepEqual(await scenario("selectors"), {
		first: { place: 1, list: 1, whole: 1, custom: 1 },
		other: { place: 1, list: 1, whole: 2, custom: 1 },
		same: { place: 1, list: 2, whole: 4, custom: 2 },
		objects: 1,
	});
});

test("no commit shows two values, though the store changes while a transition renders", async () => {
	assert.deepEqual(await scenario("tearing"), { torn: [], last: "10" });
});

test("a client that cannot be made, and a hook without provider, reach the error boundary", async () => {
	assert.deepEqual(await scenario("failures"), [
		"caught CONFIG",
		"caught useCloud and useCloudService need a CloudProvider above",
	]);
});

test("another client takes the first one's place", async () => {
	assert.deepEqual(await scenario("anotherClient"), { first: 0, second: 1 });
});
