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

const fault = async (/** @type {Record<string, unknown>} */ specification) => {
	const answer = await client.control("faults", specification);
	assert.equal(answer.status, 201, await answer.text());
};
const logged = async () => (await (await client.control("log")).json()).entries;

test("an invented status carries its body, headers, Retry-After and CORS, and strikes as often as said", async () => {
	const { access_token } = await client.session("user_ana");
	await fault({
		route: "/api/*",
		retryAfter: 7,
		body: { error: "slow_down" },
		status: 429,
		headers: { "X-Test": "yes" },
		count: 1,
	});
	const refused = await client.api("/api/me", access_token, {
		headers: { Origin: "http://127.0.0.1:8" },
	});
	assert.deepEqual(
		[
			refused.status,
			refused.headers.get("retry-after"),
			refused.headers.get("x-test"),
			await refused.json(),
		],
		[429, "7", "yes", { error: "slow_down" }],
	);
	assert.equal(
		refused.headers.get("access-control-allow-origin"),
		"http://127.0.0.1:8",
	);
	assert.equal((await client.api("/api/me", access_token)).status, 200);
});

test("a lost answer at the token endpoint: the work is done, the retry is reuse", async () => {
	const { refresh_token } = await client.session("user_ana");
	await fault({ route: "/oauth/token", loseAnswer: true, count: 1 });
	await assert.rejects(client.refresh(refresh_token), /fetch failed/);
	const retried = await client.refresh(refresh_token);
	assert.equal((await retried.json()).error, "invalid_grant");
});

test("a lost answer in the API: the event is kept, and sent again it is kept once", async () => {
	const { access_token } = await client.session("user_ana");
	const events = [
		{
			id: "01934c5e-7b2a-7000-8000-000000000001",
			type: "taskIdle",
			properties: {},
		},
	];
	const send = () =>
		client.api("/api/events/batch", access_token, {
			method: "POST",
			json: { events },
		});
	await fault({ route: "/api/events/batch", loseAnswer: true, count: 1 });
	await assert.rejects(send);
	assert.equal((await send()).status, 200);
	assert.equal(
		(await (await fetch(`${cloud.apiUrl}/admin/api/events`)).json()).total,
		1,
	);
});

test("a dropped connection does no work", async () => {
	const { access_token } = await client.session("user_ana");
	await fault({
		route: "/api/user-settings",
		method: "PATCH",
		drop: true,
		count: 1,
	});
	await assert.rejects(
		client.api("/api/user-settings", access_token, {
			method: "PATCH",
			json: { settings: {}, version: 1 },
		}),
	);
	assert.equal(
		(await (await client.api("/api/extension-settings", access_token)).json())
			.user.version,
		1,
	);
});

test("cut and malformed bodies", async () => {
	const { access_token } = await client.session("user_ana");
	await fault({ route: "/api/extension-settings", cut: 20, count: 1 });
	const cut = await client.api("/api/extension-settings", access_token);
	assert.ok(Number(cut.headers.get("content-length")) > 20);
	await assert.rejects(cut.text());
	await fault({
		route: "/.well-known/openid-configuration",
		malformed: true,
		count: 1,
	});
	const malformed = await fetch(
		`${cloud.issuer}/.well-known/openid-configuration`,
	);
	assert.equal(malformed.status, 200);
	await assert.rejects(malformed.json(), SyntaxError);
});

test("latency, headers of true answers, and answers a page cannot read", async () => {
	const { access_token } = await client.session("user_ana");
	await fault({
		route: "/api/me",
		latencyMs: 150,
		headers: { ETag: '"bad\u00e9"', "Content-Type": null },
		count: 1,
	});
	const started = performance.now();
	const slow = await client.api("/api/me", access_token);
	assert.ok(performance.now() - started >= 149);
	assert.equal(slow.headers.get("content-type"), null);
	assert.equal((await slow.json()).user.id, "user_ana");
	await fault({
		route: "/api/me",
		status: 200,
		body: "{}",
		cors: false,
		count: 1,
	});
	const unreadable = await client.api("/api/me", access_token, {
		headers: { Origin: "http://127.0.0.1:8" },
	});
	assert.equal(unreadable.headers.get("access-control-allow-origin"), null);
});

test("an answer held back: the client gives up on work that was done", async () => {
	const { access_token } = await client.session("user_ana");
	await fault({
		route: "/api/user-settings",
		method: "PATCH",
		answerLatencyMs: 5000,
		count: 1,
	});
	const patch = client.api("/api/user-settings", access_token, {
		method: "PATCH",
		json: { settings: { taskSyncEnabled: false }, version: 1 },
		signal: AbortSignal.timeout(200),
	});
	await assert.rejects(patch, { name: "TimeoutError" });
	const settings = await client.api("/api/extension-settings", access_token);
	assert.equal((await settings.json()).user.version, 2);
});

test("faults are listed, checked and cleared; preflights pass through them", async () => {
	await fault({ route: "/api/me", status: 503, count: 2 });
	const preflight = await fetch(`${cloud.apiUrl}/api/me`, {
		method: "OPTIONS",
		headers: {
			Origin: "http://127.0.0.1:8",
			"Access-Control-Request-Method": "GET",
		},
	});
	assert.equal(preflight.status, 204);
	assert.equal((await fetch(`${cloud.apiUrl}/api/me`)).status, 503);
	assert.equal(
		(await (await client.control("faults")).json()).faults[0].left,
		1,
	);
	await client.control("faults", undefined, "DELETE");
	assert.equal((await fetch(`${cloud.apiUrl}/api/me`)).status, 401);
	for (const wrong of [
		{},
		{ route: "/api/me", lateness: 3 },
		{ route: "/api/me", status: "500" },
	])
		assert.equal((await client.control("faults", wrong)).status, 400);
});

test("the log tells requests and token outcomes, and never a token", async () => {
	const { access_token, refresh_token } = await client.session("user_ana");
	await client.api("/api/me?token=in-the-query", access_token);
	const { refresh_token: next } = await (
		await client.refresh(refresh_token)
	).json();
	const entries = await logged();
	assert.ok(
		entries.some(
			(/** @type {any} */ entry) =>
				entry.path === "/api/me" && entry.status === 200,
		),
	);
	assert.ok(
		entries.some(
			(/** @type {any} */ entry) =>
				entry.outcome === "granted" &&
				entry.grantType === "refresh_token" &&
				entry.organizationId === "org_meridian",
		),
	);
	const text = JSON.stringify(entries);
	for (const secret of [access_token, refresh_token, next, "in-the-query"])
		assert.ok(!text.includes(secret));
	const last = entries.at(-1).sequence;
	assert.deepEqual(
		(await (await client.control(`log?after=${last}`)).json()).entries,
		[],
	);
});
