// The sample extension in a real editor: code-server in Chromium, its webview against the development cloud. Run by make test-vscode.
// The tests go on from one another, as a person would.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openWindow } from "./window.js";

let cloud;
let page;
let requests;
let close;
let webview;
let fact;
let frames;
let press;
let signIn;

before(async () => {
	({ cloud, page, requests, close, webview, fact, frames, press, signIn } =
		await openWindow());
});
after(() => close?.());

test("J3 the client starts in the webview under default-src 'none', where nothing is evaluated", async () => {
	assert.equal(await press("Evaluate"), "Evaluate: EvalError");
	const found = JSON.parse((await press("Check")).slice("Check: ".length));
	assert.deepEqual(
		[found.storage, found.sealed, found.host],
		["custom", true, true],
	);
});

test("signs in through the browser, and the editor brings its answer", async () => {
	await signIn();
	await fact("user", "Ana Lindqvist");
	await fact("organization", "Meridian Robotics");
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

test("survives being hidden: what was kept is painted before the extension says a word, and then what the cloud says by now", async () => {
	await page.getByRole("tab", { name: /^Explorer/ }).click();
	await page.locator("iframe.webview").waitFor({ state: "hidden" });
	cloud.control.store.addProfile("org_meridian", "fresh", {
		apiProvider: "anthropic",
	});
	await page.evaluate(() => localStorage.setItem("held", "yes"));
	await page.getByRole("tab", { name: "Roo Cloud" }).click();
	await fact("from", "before");
	await fact("state", "initializing");
	await fact("user", "Ana Lindqvist");
	await fact("profiles", /^12$/);
	await fact("settings", "none");

	await page.evaluate(() => localStorage.removeItem("held"));
	const { inner } = await frames();
	await inner.evaluate(() => release());
	await fact("from", "now");
	await fact("state", "active-session");
	await fact("user", "Ana Lindqvist");
	await fact("settings", /^\d+$/);
	await press("Refresh");
	await fact("profiles", /^13$/);
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
