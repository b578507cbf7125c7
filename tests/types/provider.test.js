// A sign-in provider of the page's own, in JavaScript: what it is asked and when, and that a bad one harms nothing.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, before, test } from "node:test";
import { CloudError, CloudService, initSync } from "../../pkg/index.js";

const CANARY = "canary-4711-secret";

before(() =>
	initSync(
		readFileSync(
			new URL("../../pkg/wasm/roo_cloud_web_bg.wasm", import.meta.url),
		),
	),
);

/** @type {Set<CloudService>} */
const made = new Set();
afterEach(async () => {
	// Memory is the realm's: what one test signs in, the next would find.
	for (const service of made) await service.logout().catch(() => {});
	made.clear();
	CloudService.resetInstance();
});

/** A cloud that takes every token but those refused. */
function cloud() {
	const seen = [];
	const refused = new Set();
	const fetch = async (url, { headers }) => {
		const token = new Headers(headers).get("authorization");
		seen.push(token);
		const known = url.endsWith("/api/me") && !refused.has(token);
		return new Response(
			JSON.stringify({ user: { id: "ana", name: "Ana" }, organizations: [] }),
			{
				status: known ? 200 : url.endsWith("/api/me") ? 401 : 404,
				headers: { "Content-Type": "application/json" },
			},
		);
	};
	return { fetch, seen, refused };
}

/** A provider that counts, and whose methods a test replaces. */
function provider(methods = {}) {
	const calls = [];
	let number = 0;
	const answer = () => ({
		sessionToken: `token-${++number}`,
		expiresInSeconds: 600,
		userInfo: { id: "ana" },
		own: CANARY,
	});
	const base = {
		type: "custom",
		async initialize() {},
		async authenticate() {
			return answer();
		},
		async refresh() {
			return answer();
		},
		async logout() {},
	};
	const all = { ...base, ...methods };
	for (const name of ["initialize", "authenticate", "refresh", "logout"]) {
		const method = all[name];
		if (method)
			all[name] = function (...given) {
				calls.push([name, given]);
				return method.apply(this, given);
			};
	}
	return { provider: all, calls };
}

async function create(own, { fetch } = cloud()) {
	const service = await CloudService.createInstance({
		apiUrl: "https://cloud.example",
		auth: { type: "custom", provider: own },
		fetch,
	});
	made.add(service);
	return service;
}

async function code(work) {
	try {
		await work();
	} catch (error) {
		assert.ok(CloudError.is(error), `${error}`);
		assert.doesNotMatch(`${error.message} ${error.stack}`, /canary/);
		return error.code;
	}
	assert.fail("it should fail");
}

test("it is initialized, asked at login, refreshed with its last answer after a 401, and told of the sign-out", async () => {
	const { provider: own, calls } = provider();
	const { fetch, seen, refused } = cloud();
	const service = await create(own, { fetch });
	assert.equal(service.getAuthState(), "logged-out");
	assert.deepEqual(calls, [["initialize", []]]);
	assert.equal((await service.login()).name, "Ana");
	assert.equal(service.getAuthState(), "active-session");
	assert.equal(service.getSessionToken(), "token-1");

	refused.add("Bearer token-1");
	await service.getOrganizationMemberships();
	assert.equal(await service.freshSessionToken(), "token-2");
	const refreshes = calls.filter(([name]) => name === "refresh");
	assert.deepEqual(refreshes, [
		[
			"refresh",
			[
				{
					sessionToken: "token-1",
					expiresInSeconds: 600,
					userInfo: { id: "ana" },
					own: CANARY,
				},
			],
		],
	]);
	assert.ok(seen.includes("Bearer token-2"));

	await service.logout();
	assert.equal(calls.at(-1)[0], "logout");
	assert.equal(service.getAuthState(), "logged-out");
	assert.equal(
		await code(() => service.freshSessionToken()),
		"NOT_AUTHENTICATED",
	);
	assert.equal(
		await code(() => service.switchOrganization("org")),
		"UNSUPPORTED_BY_AUTH",
	);
});

test("one that throws, rejects or answers nonsense fails the login and no more", async () => {
	const bad = [
		[
			"NETWORK",
			() => {
				throw new Error(CANARY);
			},
		],
		["NETWORK", () => Promise.reject(new TypeError(CANARY))],
		["NETWORK", () => Promise.reject(undefined)],
		[
			"NETWORK",
			() => ({
				// biome-ignore lint/suspicious/noThenProperty: a promise that is broken
				get then() {
					throw CANARY;
				},
			}),
		],
		[
			"ACCESS_DENIED",
			() =>
				Promise.reject(
					Object.assign(new Error(CANARY), { code: "ACCESS_DENIED" }),
				),
		],
		[
			"NETWORK",
			() => Promise.reject(Object.assign(new Error(CANARY), { code: CANARY })),
		],
		["INVALID_RESPONSE", () => undefined],
		["INVALID_RESPONSE", () => CANARY],
		["INVALID_RESPONSE", async () => ({})],
		["INVALID_RESPONSE", async () => ({ sessionToken: 5 })],
		["INVALID_RESPONSE", async () => ({ sessionToken: "a\r\nX: y" })],
		[
			"INVALID_RESPONSE",
			async () => ({ sessionToken: "a", expiresInSeconds: Number.NaN }),
		],
		["INVALID_RESPONSE", async () => ({ sessionToken: "a", userInfo: "me" })],
		[
			"INVALID_RESPONSE",
			async () => ({
				get sessionToken() {
					throw new Error(CANARY);
				},
			}),
		],
		[
			"INVALID_RESPONSE",
			async () => {
				const ring = {};
				ring.ring = ring;
				return ring;
			},
		],
		["INVALID_RESPONSE", async () => 10n],
	];
	let current;
	const { provider: own } = provider({ authenticate: () => current() });
	const service = await create(own);
	for (const [expected, authenticate] of bad) {
		current = authenticate;
		assert.equal(
			await code(() => service.login()),
			expected,
			`${authenticate}`,
		);
		assert.equal(service.getAuthState(), "logged-out");
	}
	current = async () => ({ sessionToken: "good" });
	await service.login();
	assert.equal(service.getSessionToken(), "good");
});

test("one whose initialize fails is there all the same, and the failure is told", async () => {
	const { provider: own } = provider({
		initialize: () => Promise.reject(new Error(CANARY)),
	});
	const service = await create(own);
	const told = new Promise((resolve) =>
		service.on("background-error", resolve),
	);
	assert.equal((await told).code, "NETWORK");
	await service.login();
	assert.equal(service.isAuthenticated(), true);
});

test("one that calls back in harms nothing", async () => {
	let service;
	const { provider: own, calls } = provider({
		async authenticate() {
			// The same sign-in, joined; the state; a sign-out: none of them hangs.
			void service.login().catch(() => {});
			assert.equal(service.getAuthState(), "logged-out");
			assert.equal(
				await code(() => service.freshSessionToken()),
				"NOT_AUTHENTICATED",
			);
			return { sessionToken: "one", expiresInSeconds: 600 };
		},
	});
	service = await create(own);
	await service.login();
	assert.equal(calls.filter(([name]) => name === "authenticate").length, 1);
	assert.equal(service.getSessionToken(), "one");
});

test("a sign-out inside its refresh wins over what it answers", async () => {
	let service;
	const { fetch, refused } = cloud();
	const { provider: own } = provider({
		async refresh() {
			await service.logout();
			return { sessionToken: "late", expiresInSeconds: 600 };
		},
	});
	service = await create(own, { fetch });
	await service.login();
	refused.add("Bearer token-1");
	assert.equal(
		await code(() => service.getOrganizationMemberships()),
		"NOT_AUTHENTICATED",
	);
	assert.equal(service.getAuthState(), "logged-out");
	assert.equal(service.getSessionToken(), undefined);
});

test("its logout may be missing, throw, or never end", async () => {
	for (const logout of [
		undefined,
		() => {
			throw new Error(CANARY);
		},
		() => Promise.reject(CANARY),
	]) {
		const { provider: own } = provider({ logout });
		const service = await create(own);
		await service.login();
		await service.logout();
		assert.equal(service.getAuthState(), "logged-out");
		CloudService.resetInstance();
	}
});
