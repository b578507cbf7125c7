// The examples of pkg/index.d.ts run as they stand, in Node, against the development cloud.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { CloudService, initSync } from "../../pkg/index.js";
import { startCloud } from "../cloud/cloud.js";
import { FetchClient } from "../cloud/fetch-client.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const PACKAGE = new URL("../../pkg/", import.meta.url);
const MODULE = readFileSync(new URL("wasm/roo_cloud_web_bg.wasm", PACKAGE));

/** What an example that speaks of one of these needs, and Node or a session token from the options has not. */
const NOT_HERE = [
	[/\b(location|document|window)\b|cloud\.login\b|fetch\("\//, "a page"],
	[/await init\(/, "a module that is served"],
	[/logout|switchOrganization|handleCallback/, "a sign-in"],
	[/token: "…"/, "a token"],
];

const examples = [
	...readFileSync(new URL("index.d.ts", PACKAGE), "utf8").matchAll(
		/^[ \t]*\* ```ts\n([\s\S]*?)^[ \t]*\* ```\n[ \t]*\*\/\n\s*(?:export (?:default )?function |static |get )?(?:readonly )?(\w+)/gm,
	),
].map(([, block, name]) => ({
	name,
	code: block.replace(/^[ \t]*\* ?/gm, ""),
}));
const here = examples.filter(
	({ code }) => !NOT_HERE.some(([pattern]) => pattern.test(code)),
);

/** @type {Awaited<ReturnType<typeof startCloud>>} */
let cloud;
let token;
let folder;

before(async () => {
	initSync(MODULE);
	cloud = await startCloud();
	const answer = await new FetchClient(cloud).control("static-token", {
		personId: "user_ana",
		organizationId: "org_meridian",
	});
	({ token } = await answer.json());
	// Beside this file, so that what they import is found.
	folder = mkdtempSync(join(HERE, ".examples-"));
	const files = here.map(({ code }, i) => {
		const text = code
			.replaceAll('"roo-cloud-web"', JSON.stringify(`${PACKAGE}index.js`))
			.replaceAll("https://app.roocode.com", cloud.apiUrl);
		const file = `example-${i}.ts`;
		writeFileSync(join(folder, file), `${text}\nexport {};\n`);
		return file;
	});
	writeFileSync(join(folder, "package.json"), '{"type":"module"}');
	const flags = ["--noCheck", "--module", "esnext", "--target", "es2022"];
	const tsc = join(HERE, "../node_modules/.bin/tsc");
	const run = spawnSync(tsc, ["--ignoreConfig", ...flags, ...files], {
		cwd: folder,
		encoding: "utf8",
	});
	assert.equal(run.status, 0, run.stdout);
});

after(async () => {
	rmSync(folder, { recursive: true, force: true });
	await cloud.close();
});

test("most examples are here", () => {
	assert.ok(examples.length > 45, `only ${examples.length} found`);
	assert.ok(here.length > 35, `only ${here.length} of ${examples.length}`);
});

for (const [i, { name, code }] of here.entries()) {
	test(`${name}: its example runs`, async () => {
		const service = await CloudService.createInstance({
			apiUrl: cloud.apiUrl,
			auth: { type: "token", token },
			telemetry: {
				properties: () => ({
					appName: "examples",
					appVersion: "1.0.0",
					vscodeVersion: "1.100.0",
					platform: "node",
					editorName: "none",
					language: "en",
					mode: "code",
				}),
			},
		});
		// What examples take as given.
		if (!service.getOrganizationSettings())
			await new Promise((done) => service.once("settings-updated", done));
		for (const profile of ["Team", "Mine"])
			await service.saveProfile(profile, { apiProvider: "ollama" });
		await service.backfillMessages("task-1", [
			{ ts: 1, type: "say", say: "text", text: "Hello" },
		]);
		globalThis.cloud = service;
		globalThis.prompt = () => null;
		globalThis.bytes = MODULE;
		globalThis.body = JSON.stringify({
			organization: service.getOrganizationSettings(),
			user: service.getUserSettings(),
		});
		const said = console.log;
		console.log = () => {};
		try {
			await import(join(folder, `example-${i}.js`));
		} catch (error) {
			assert.fail(`${error.code ?? ""} ${error.message}\n${code}`);
		} finally {
			console.log = said;
			CloudService.resetInstance();
		}
	});
}
