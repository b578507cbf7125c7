import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import { startCloud } from "./cloud.js";
import { FetchClient } from "./fetch-client.js";

/** @type {Awaited<ReturnType<typeof startCloud>>} */
let cloud;
/** @type {FetchClient} */
let client;
/** @type {string} */
let ana;
before(async () => {
	cloud = await startCloud();
	client = new FetchClient(cloud);
});
beforeEach(async () => {
	await client.control("reset", { data: true, sessions: true });
	ana = (await client.session("user_ana", "org_meridian")).access_token;
});
after(() => cloud.close());

const admin = (
	/** @type {string} */ path,
	/** @type {string} */ method = "GET",
	/** @type {unknown} */ json = undefined,
) =>
	fetch(`${cloud.apiUrl}/admin/api/${path}`, {
		method,
		body: json === undefined ? undefined : JSON.stringify(json),
		headers: json ? { "Content-Type": "application/json" } : {},
	});

test("the seed: three people, two organizations, twelve profiles of which one carries a secret, 90 days of usage", async () => {
	const { owners } = await (await admin("owners")).json();
	assert.deepEqual(
		owners.map((/** @type {any} */ owner) => owner.kind).sort(),
		[
			"organization",
			"organization",
			"personal account",
			"personal account",
			"personal account",
		],
	);
	const { organization } = await (
		await client.api("/api/extension-settings", ana)
	).json();
	const profiles = Object.values(organization.providerProfiles);
	assert.equal(profiles.length, 12);
	assert.equal(
		profiles.filter((/** @type {any} */ profile) => "litellmApiKey" in profile)
			.length,
		1,
	);
	assert.equal(
		new Set(profiles.map((/** @type {any} */ profile) => profile.id)).size,
		12,
	);
	const { data, period, success } = await (
		await client.api("/api/analytics/usage/daily?period=90", ana)
	).json();
	assert.deepEqual(
		[success, period, data.dates.length, data.tasks.length],
		[true, 90, 90, 90],
	);
	assert.equal(data.dates.at(-1), new Date().toISOString().slice(0, 10));
	assert.ok(
		data.totals.tasks > 200 && data.totals.tasks < 1000,
		String(data.totals.tasks),
	);
	assert.equal(
		data.totals.tasks,
		data.tasks.reduce(
			(/** @type {number} */ sum, /** @type {number} */ day) => sum + day,
			0,
		),
	);
});

test("settings: the ETag answers 304 until something changes, and a change raises the version", async () => {
	const first = await client.api("/api/extension-settings", ana);
	const etag = first.headers.get("etag") ?? "";
	const { organization } = await first.json();
	const conditional = () =>
		client.api("/api/extension-settings", ana, {
			headers: { "If-None-Match": `"other", W/${etag}` },
		});
	const unchanged = await conditional();
	assert.deepEqual(
		[unchanged.status, await unchanged.text(), unchanged.headers.get("etag")],
		[304, "", etag],
	);

	const { profiles } = await (await admin("owners/org_meridian")).json();
	const [one] = profiles;
	assert.equal(
		(
			await admin(`owners/org_meridian/profiles/${one.id}`, "PUT", {
				name: "renamed",
				document: one.document,
			})
		).status,
		204,
	);
	const changed = await conditional();
	assert.equal(changed.status, 200);
	const now = (await changed.json()).organization;
	assert.equal(now.version, organization.version + 1);
	assert.equal(now.providerProfiles.renamed.id, one.id);
});

test("administration adds, deletes and bumps; a name is taken once", async () => {
	const added = await admin("owners/org_meridian/profiles", "POST", {
		name: "new",
		document: { apiProvider: "xai", apiModelId: "grok-4" },
	});
	assert.equal(added.status, 201);
	assert.equal(
		(
			await admin("owners/org_meridian/profiles", "POST", {
				name: "new",
				document: {},
			})
		).status,
		409,
	);
	const { id } = await added.json();
	assert.equal(
		(await admin(`owners/org_meridian/profiles/${id}`, "DELETE")).status,
		204,
	);
	assert.equal(
		(await admin(`owners/org_meridian/profiles/${id}`, "DELETE")).status,
		404,
	);
	const { version } = await (await admin("owners/org_meridian")).json();
	await admin("owners/org_meridian/bump", "POST");
	assert.equal(
		(await (await admin("owners/org_meridian")).json()).version,
		version + 1,
	);
});

test("user settings: written with their version; an older version is 409 and changes nothing", async () => {
	const patch = (/** @type {unknown} */ json) =>
		client.api("/api/user-settings", ana, { method: "PATCH", json });
	const written = await patch({
		settings: { taskSyncEnabled: false },
		version: 1,
	});
	assert.deepEqual(await written.json(), {
		features: {},
		settings: { taskSyncEnabled: false, llmEnhancedFeaturesEnabled: true },
		version: 2,
	});
	const late = await patch({ settings: { taskSyncEnabled: true }, version: 1 });
	assert.equal(late.status, 409);
	assert.equal((await late.json()).version, 2);
	const { user } = await (
		await client.api("/api/extension-settings", ana)
	).json();
	assert.deepEqual([user.version, user.settings.taskSyncEnabled], [2, false]);
	assert.equal((await patch({ settings: { unheardOf: true } })).status, 400);
	assert.equal(
		(await patch({ settings: { taskSyncEnabled: true } })).status,
		200,
	);
});

test("a batch keeps each id once, and names the events it refuses", async () => {
	const event = {
		id: randomUUID(),
		type: "taskFocused",
		properties: { taskId: "t" },
		timestamp: Date.now(),
	};
	const send = (/** @type {unknown[]} */ events) =>
		client.api("/api/events/batch", ana, { method: "POST", json: { events } });
	assert.deepEqual(await (await send([event, event])).json(), {
		accepted: [event.id, event.id],
		rejected: [],
	});
	assert.deepEqual((await (await send([event])).json()).accepted, [event.id]);
	const { total } = await (await admin("events")).json();
	assert.equal(total, 1);

	const bad = { ...event, id: randomUUID(), type: 7 };
	const answer = await (
		await send([bad, { type: "x", properties: {} }])
	).json();
	assert.deepEqual(answer.rejected, [
		{ id: bad.id, reason: "type must be a string" },
		{ id: null, reason: "id must be a UUID" },
	]);
	await client.control("settings", { batchRoute: false });
	assert.equal((await send([event])).status, 404);
});

test("single events are kept each time they come, and count in the usage", async () => {
	const today = async () =>
		(
			await (
				await client.api("/api/analytics/usage/daily?period=1", ana)
			).json()
		).data;
	const before = await today();
	const created = { type: "Task Created", properties: { taskId: "t" } };
	for (let time = 0; time < 2; time++)
		assert.equal(
			(await client.api("/api/events", ana, { method: "POST", json: created }))
				.status,
			200,
		);
	await client.api("/api/events", ana, {
		method: "POST",
		json: {
			type: "LLM Completion",
			properties: { inputTokens: 10, outputTokens: 5, cost: 0.5 },
		},
	});
	const after = await today();
	assert.deepEqual(
		[after.tasks[0] - before.tasks[0], after.tokens[0] - before.tokens[0]],
		[2, 15],
	);
	assert.equal((await (await admin("events")).json()).total, 3);
});

test("credit, me and bridge answer for the organization of the session", async () => {
	assert.deepEqual(
		await (await client.api("/api/extension/credit-balance", ana)).json(),
		{ balance: 1834.21 },
	);
	const personal = (await client.session("user_ana", null)).access_token;
	assert.deepEqual(
		await (await client.api("/api/extension/credit-balance", personal)).json(),
		{ balance: 42.5 },
	);
	const bridge = await (
		await client.api("/api/extension/bridge/config", ana)
	).json();
	assert.equal(bridge.userId, "user_ana");
	const { user, organizations } = await (
		await client.api("/api/me", ana)
	).json();
	assert.equal(
		(await fetch(user.picture)).headers.get("content-type"),
		"image/svg+xml",
	);
	assert.deepEqual(
		organizations.map((/** @type {any} */ one) => one.role).sort(),
		["org:admin", "org:member"],
	);
});

test("no token and bad tokens are 401 with a challenge, unknown paths 404, wrong methods 405", async () => {
	const bare = await fetch(`${cloud.apiUrl}/api/me`);
	assert.deepEqual(
		[bare.status, bare.headers.get("www-authenticate")],
		[401, 'Bearer realm="roo-cloud"'],
	);
	const bad = await client.api("/api/me", "made-up");
	assert.match(
		bad.headers.get("www-authenticate") ?? "",
		/error="invalid_token"/,
	);
	assert.equal((await client.api("/api/nothing", ana)).status, 404);
	const wrong = await client.api("/api/me", ana, { method: "POST" });
	assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "GET"]);
});

test("CORS: loopback origins and webviews may call and read; others get nothing", async () => {
	const preflight = async (/** @type {string} */ origin) => {
		const answer = await fetch(`${cloud.apiUrl}/api/extension-settings`, {
			method: "OPTIONS",
			headers: { Origin: origin, "Access-Control-Request-Method": "GET" },
		});
		return Object.fromEntries(
			["origin", "methods", "headers"].map((name) => [
				name,
				answer.headers.get(`access-control-allow-${name}`),
			]),
		);
	};
	assert.deepEqual(await preflight("http://localhost:5173"), {
		origin: "http://localhost:5173",
		methods: "GET, POST, PATCH",
		headers: "Authorization, Content-Type, If-None-Match, DPoP",
	});
	assert.equal(
		(await preflight("vscode-webview://1abc")).origin,
		"vscode-webview://1abc",
	);
	for (const foreign of [
		"https://attacker.example",
		"http://127.0.0.1.attacker.example",
		"null",
	])
		assert.equal((await preflight(foreign)).origin, null, foreign);

	const refused = await client.api("/api/me", "made-up", {
		headers: { Origin: "http://127.0.0.1:8" },
	});
	assert.equal(
		refused.headers.get("access-control-allow-origin"),
		"http://127.0.0.1:8",
	);
	assert.equal(
		refused.headers.get("access-control-expose-headers"),
		"ETag, Retry-After, Date, DPoP-Nonce, WWW-Authenticate",
	);

	const token = (/** @type {string} */ origin) =>
		client.token(
			{ grant_type: "refresh_token", refresh_token: "none" },
			{ Origin: origin },
		);
	assert.equal(
		(await token("http://127.0.0.1:8")).headers.get(
			"access-control-allow-origin",
		),
		"http://127.0.0.1:8",
	);
	assert.equal(
		(await token("https://attacker.example")).headers.get(
			"access-control-allow-origin",
		),
		null,
	);
});

test("a foreign Host, and a foreign page at the control endpoint, are refused", async () => {
	const { request } = await import("node:http");
	const { port } = new URL(cloud.apiUrl);
	const status = await new Promise((resolve, reject) => {
		request(
			{
				host: "127.0.0.1",
				port,
				path: "/api/me",
				headers: { Host: "attacker.example" },
			},
			(answer) => resolve(answer.resume().statusCode),
		)
			.on("error", reject)
			.end();
	});
	assert.equal(status, 421);
	const headers = {
		Origin: "https://attacker.example",
		"Content-Type": "application/json",
	};
	assert.equal(
		(
			await fetch(`${cloud.apiUrl}/control/reset`, {
				method: "POST",
				headers,
				body: "{}",
			})
		).status,
		403,
	);
});
