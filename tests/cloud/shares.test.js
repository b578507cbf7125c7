import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { startCloud } from "./cloud.js";
import { FetchClient } from "./fetch-client.js";

/** @type {Awaited<ReturnType<typeof startCloud>>} */
let cloud;
/** @type {FetchClient} */
let client;
before(async () => {
	cloud = await startCloud();
	client = new FetchClient(cloud);
});
beforeEach(() => client.control("reset", { data: true, sessions: true }));
after(() => cloud.close());

const tokenOf = async (
	/** @type {string} */ person,
	/** @type {string | null} */ organization,
) => (await client.session(person, organization)).access_token;
const share = (
	/** @type {string} */ token,
	/** @type {string} */ taskId,
	visibility = "organization",
) =>
	client.api("/api/extension/share", token, {
		method: "POST",
		json: { taskId, visibility },
	});
const backfill = (
	/** @type {string} */ token,
	/** @type {string} */ taskId,
	/** @type {unknown} */ messages,
	name = "task.json",
) => {
	const body = new FormData();
	body.set("taskId", taskId);
	body.set("properties", "{}");
	body.set(
		"file",
		new Blob([JSON.stringify(messages)], { type: "application/json" }),
		name,
	);
	return client.api("/api/events/backfill", token, { method: "POST", body });
};

test("an unknown task is 404; after its messages are filled in, it is shared once", async () => {
	const token = await tokenOf("user_ana", "org_meridian");
	assert.equal((await share(token, "task-new")).status, 404);
	assert.equal(
		(
			await backfill(token, "task-new", [
				{ ts: 1, type: "say", say: "text", text: "Hello <b>there</b>" },
			])
		).status,
		200,
	);
	const first = await (await share(token, "task-new")).json();
	assert.deepEqual([first.success, first.isNewShare], [true, true]);
	assert.ok(first.shareUrl.startsWith(`${cloud.apiUrl}/share/`));
	const second = await (await share(token, "task-new")).json();
	assert.deepEqual(
		[second.shareUrl, second.isNewShare],
		[first.shareUrl, false],
	);
});

test("a backfill must be whole, and cannot touch another's task", async () => {
	const [ana, ben] = [
		await tokenOf("user_ana", "org_meridian"),
		await tokenOf("user_ben", "org_meridian"),
	];
	assert.equal(
		(await backfill(ana, "task-new", { not: "an array" })).status,
		400,
	);
	assert.equal(
		(await backfill(ana, "task-new", [{ type: "say" }])).status,
		400,
	);
	assert.equal((await backfill(ana, "task-new", [], "other.json")).status, 400);
	assert.equal((await backfill(ben, "task-lidar-timeout", [])).status, 403);
	assert.equal((await share(ben, "task-lidar-timeout")).status, 404);
});

test("the organization's settings and the kind of account decide what may be shared", async () => {
	const juniper = await tokenOf("user_ana", "org_juniper");
	assert.equal(
		(await share(juniper, "task-consent-form", "public")).status,
		403,
	);
	assert.equal((await share(juniper, "task-consent-form")).status, 200);
	const chiyo = await tokenOf("user_chiyo", null);
	assert.equal(
		(await share(chiyo, "task-garden-planner", "organization")).status,
		403,
	);
	assert.equal(
		(await share(chiyo, "task-garden-planner", "public")).status,
		200,
	);
	cloud.control.store.saveOwnerSettings("user_chiyo", {
		defaultSettings: {},
		allowList: { allowAll: true, providers: {} },
		cloudSettings: { enableTaskSharing: false },
	});
	assert.equal(
		(await share(chiyo, "task-garden-planner", "public")).status,
		403,
	);
});

test("an organization's share asks strangers to sign in, shows members the task and refuses others", async () => {
	const { shareUrl } = await (
		await share(await tokenOf("user_ana", "org_meridian"), "task-lidar-timeout")
	).json();
	const stranger = new FetchClient(cloud);
	const asked = await stranger.visit(shareUrl);
	assert.equal(asked.status, 401);
	const signIn =
		/href="([^"]+authorize[^"]+)"/
			.exec(await asked.text())?.[1]
			.replaceAll("&#38;", "&") ?? "";

	const member = new FetchClient(cloud);
	const back = await member.authorize(signIn, { person: "user_ben" });
	const landed = await member.visit(back.href);
	assert.equal(
		new URL(landed.headers.get("location") ?? "", back).href,
		shareUrl,
	);
	const shown = await member.visit(shareUrl);
	assert.equal(shown.status, 200);
	assert.match(await shown.text(), /keep-alive now has its own timer/);

	const other = new FetchClient(cloud);
	await other.authorize(signIn, { person: "user_chiyo" });
	assert.equal((await other.visit(shareUrl)).status, 403);

	const { shares } = await (
		await fetch(`${cloud.apiUrl}/admin/api/shares`)
	).json();
	assert.deepEqual(
		shares[0].accesses.map((/** @type {any} */ access) => [
			access.personId,
			access.outcome,
		]),
		[
			["user_chiyo", "refused"],
			["user_ben", "shown"],
			[null, "sign-in-asked"],
		],
	);
});

test("a public share is shown to anyone, its text never as markup, until it expires", async () => {
	const token = await tokenOf("user_ana", "org_meridian");
	await backfill(token, "task-new", [
		{ ts: 1, type: "say", say: "text", text: "<script>alert(1)</script>" },
	]);
	const { shareUrl } = await (await share(token, "task-new", "public")).json();
	const text = await (await fetch(shareUrl)).text();
	assert.ok(text.includes("&#60;script&#62;") && !text.includes("<script>"));

	const id = shareUrl.split("/").at(-1);
	await fetch(`${cloud.apiUrl}/admin/api/shares/${id}`, {
		method: "PUT",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify({ expiresAt: Date.now() }),
	});
	assert.equal((await fetch(shareUrl)).status, 410);
	assert.equal(
		(await (await share(token, "task-new", "public")).json()).isNewShare,
		true,
	);
	assert.equal((await fetch(`${cloud.apiUrl}/share/made-up`)).status, 404);
});
