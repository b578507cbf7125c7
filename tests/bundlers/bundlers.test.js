// The installed tarball in a minimal project for each bundler, and for none: built, and run in Chromium against the development cloud, in a page,
// a web worker and a service worker.

import assert from "node:assert/strict";
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build as esbuild } from "esbuild";
import { rollup } from "rollup";
import { build as vite } from "vite";
import webpack from "webpack";
import { startCloud } from "../cloud/cloud.js";
import { launch, outcome } from "../package/chromium.js";
import { install } from "../package/installed.js";
import { serve } from "../tools/serve.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const MERIDIAN_PROFILES = 12;

let folder;
let cloud;
let browser;
let query;

before(async () => {
	folder = install();
	cloud = await startCloud();
	const answer = await fetch(`${cloud.apiUrl}/control/static-token`, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify({
			personId: "user_ana",
			organizationId: "org_meridian",
		}),
	});
	const { token } = await answer.json();
	query = new URLSearchParams({ apiUrl: cloud.apiUrl, token });
	browser = await launch();
});

after(async () => {
	await browser?.close();
	await cloud?.close();
});

/** A copy of the project beside the installed package, as a user's would lie. */
function project(name) {
	const path = join(folder, name);
	cpSync(join(HERE, name), path, { recursive: true });
	return path;
}

async function run(built) {
	const { origin, requests, close } = await serve(built);
	try {
		const seen = await outcome(browser, `${origin}/?${query}`);
		return {
			seen,
			modules: requests.filter((path) => path.endsWith(".wasm")).length,
		};
	} finally {
		close();
	}
}

const WORKS = {
	page: MERIDIAN_PROFILES,
	worker: MERIDIAN_PROFILES,
	serviceWorker: MERIDIAN_PROFILES,
};

test("Vite: five lines, no setting but that there is a service worker", async () => {
	const root = project("vite");
	const { default: config } = await import("./vite/vite.config.js");
	await vite({ ...config, root, configFile: false, logLevel: "warn" });
	assert.deepEqual((await run(join(root, "dist"))).seen, WORKS);
});

test("webpack: five lines, no setting", async () => {
	const context = project("webpack");
	const { default: config } = await import("./webpack/webpack.config.js");
	const stats = await new Promise((resolve, reject) =>
		webpack(
			{
				...config,
				context,
				output: { ...config.output, path: join(context, "dist") },
			},
			(error, stats) => (error ? reject(error) : resolve(stats)),
		),
	);
	assert.deepEqual(stats.toJson({ all: false, errors: true }).errors, []);
	cpSync(join(context, "index.html"), join(context, "dist/index.html"));
	assert.deepEqual((await run(join(context, "dist"))).seen, WORKS);
});

test("esbuild: the module's file by its loader", async () => {
	const absWorkingDir = project("esbuild");
	const { default: config } = await import("./esbuild/esbuild.config.js");
	const { warnings } = await esbuild({ ...config, absWorkingDir });
	assert.deepEqual(warnings, []);
	cpSync(
		join(absWorkingDir, "index.html"),
		join(absWorkingDir, "dist/index.html"),
	);
	assert.deepEqual((await run(join(absWorkingDir, "dist"))).seen, WORKS);
});

test("Rollup: the entry that carries its bytes, and no request for a module", async () => {
	const root = project("rollup");
	const { default: config } = await import("./rollup/rollup.config.js");
	const warnings = [];
	const bundle = await rollup({
		...config,
		input: config.input.map((name) => join(root, name)),
		onwarn: ({ message }) => warnings.push(message),
	});
	await bundle.write({ dir: join(root, "dist") });
	assert.deepEqual(warnings, []);
	cpSync(join(root, "index.html"), join(root, "dist/index.html"));
	assert.deepEqual(await run(join(root, "dist")), { seen: WORKS, modules: 0 });
});

test("no bundler: an import map in a page, a path in workers", async () => {
	const root = project("none");
	symlinkSync(join(folder, "node_modules"), join(root, "node_modules"));
	assert.deepEqual((await run(root)).seen, WORKS);
});

test("what is not used is not in the bundle", async () => {
	const root = project("esbuild");
	const { metafile } = await esbuild({
		absWorkingDir: root,
		stdin: {
			contents: `import { CloudService } from "roo-cloud-web";
				import { contentSecurityPolicy } from "roo-cloud-web/vscode-host";
				import { createWebviewHost } from "roo-cloud-web/vscode-webview";
				console.log(contentSecurityPolicy);`,
			resolveDir: root,
		},
		bundle: true,
		write: false,
		metafile: true,
		format: "esm",
		outdir: "unused",
	});
	const [{ inputs }] = Object.values(metafile.outputs);
	const used = Object.entries(inputs)
		.filter(([, { bytesInOutput }]) => bytesInOutput > 0)
		.map(([name]) => name.split("/").at(-1));
	assert.deepEqual(used.sort(), ["<stdin>", "vscode-host.js"]);
});
