// The package as it lies in pkg/, in Node: the face is whole, every call says in a code what went wrong, and a page that only
// reads pays for nothing. The cloud is a function that answers.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import init, {
	CloudError,
	CloudService,
	initSync,
	isProfileAllowed,
	mergeProfiles,
	parseSettings,
	validateEvent,
} from "../../pkg/index.js";

const CANARY = "canary-4711-secret";
const API = "https://cloud.example";
const SETTINGS = {
	organization: {
		version: 1,
		cloudSettings: { enableTaskSharing: true, taskShareExpirationDays: 30 },
		defaultSettings: {},
		allowList: { allowAll: true, providers: {} },
		providerProfiles: {
			team: { id: "p1", apiProvider: "anthropic", apiModelId: "m" },
		},
	},
	user: { features: {}, settings: {}, version: 1 },
};

/** A session token of Ana in Meridian; nobody here checks its signature. */
const TOKEN = [
	{ alg: "none" },
	{ r: { u: "user_ana", o: "org_meridian" }, jti: CANARY },
	"sig",
]
	.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
	.join(".");

const json = (body, init = {}) =>
	new Response(JSON.stringify(body), {
		headers: { "Content-Type": "application/json" },
		...init,
	});

/** A cloud: each route's answer, which may be changed. It notes what it was asked. */
function cloud(routes = {}) {
	const asked = [];
	const answers = {
		"GET /api/extension-settings": () => json(SETTINGS),
		"GET /api/me": () =>
			json({ user: { id: "user_ana", name: "Ana" }, organizations: [] }),
		"POST /api/events/batch": (request) =>
			json({ accepted: request.events.map(({ id }) => id), rejected: [] }),
		...routes,
	};
	const fetch = async (url, options) => {
		options.signal?.throwIfAborted();
		const route = `${options.method} ${new URL(url).pathname}`;
		const body = options.body && Buffer.from(options.body).toString();
		asked.push({ route, url, body });
		const answer = answers[route];
		if (!answer) return json({}, { status: 404 });
		return answer(body?.startsWith("{") ? JSON.parse(body) : body, options);
	};
	return { fetch, asked, answers };
}

function options(more = {}) {
	return {
		apiUrl: API,
		auth: { type: "token", token: TOKEN },
		fetch: cloud().fetch,
		...more,
	};
}

/** Resolves with the next event of that name. */
const next = (service, event) =>
	new Promise((resolve) => service.once(event, resolve));

async function failure(work) {
	try {
		await work();
	} catch (error) {
		assert.ok(CloudError.is(error), `${error}`);
		assert.ok(error instanceof Error && error.name === "CloudError");
		assert.doesNotMatch(`${error.message} ${error.stack}`, /canary/);
		return error;
	}
	assert.fail("it should fail");
}

const code = async (work) => (await failure(work)).code;

before(async () => {
	assert.equal(await code(() => CloudService.instance), "NOT_INITIALIZED");
	assert.equal(await code(() => validateEvent({})), "NOT_INITIALIZED");
	const broken = await failure(() => init(Uint8Array.of(1, 2, 3)));
	assert.deepEqual([broken.code, broken.retryable], ["LOAD_FAILED", true]);
	initSync(
		readFileSync(
			new URL("../../pkg/wasm/roo_cloud_web_bg.wasm", import.meta.url),
		),
	);
	await init();
});

afterEach(() => CloudService.resetInstance());

test("the pure functions need no instance", async () => {
	const local = { apiConfigs: { mine: { id: "1", apiKey: CANARY } } };
	const frozen = structuredClone(local);
	const { profiles, result } = mergeProfiles(local, {
		team: { id: "2", apiProvider: "anthropic" },
	});
	assert.deepEqual(Object.keys(profiles.apiConfigs), ["mine", "team"]);
	assert.deepEqual([result.added, result.hasChanges], [["team"], true]);
	assert.deepEqual(local, frozen);
	assert.equal(parseSettings(SETTINGS).organization.version, 1);
	assert.equal(
		parseSettings(new TextEncoder().encode(JSON.stringify(SETTINGS))).user
			.version,
		1,
	);
	assert.equal(isProfileAllowed({}, { allowAll: false, providers: {} }), false);
	assert.equal(await code(() => mergeProfiles(null, {})), "INVALID_ARGUMENT");
	assert.equal(await code(() => parseSettings("<html>")), "INVALID_RESPONSE");
	const invalid = await failure(() => validateEvent({ type: "no such type" }));
	assert.equal(invalid.code, "INVALID_EVENT");
	assert.match(invalid.message, /type/);
});

test("a wrong option is CONFIG and names the option", async () => {
	for (const [name, wrong] of [
		["apiUrl", { apiUrl: "nowhere" }],
		["apiUrl", { apiUrl: "http://cloud.example" }],
		["apiUrl", { apiUrl: "https://me:secret@cloud.example" }],
		["auth.type", { auth: {} }],
		["auth.token", { auth: { type: "token", token: CANARY } }],
		["auth.issuer", { auth: { type: "oauth" } }],
		[
			"auth.type",
			{ auth: { type: "ticket", authRedirect: "x" }, fetch: undefined },
		],
		["auth.authRedirect", { auth: { type: "ticket" } }],
		["auth.provider", { auth: { type: "custom", provider: {} } }],
		["auth.authRedirect", { auth: { type: "ticket", authRedirect: "x" } }],
		[
			"auth.clerkUrl",
			{
				auth: {
					type: "ticket",
					authRedirect: "vscode://a.b",
					clerkUrl: "http://clerk.example",
				},
			},
		],
		["storage", { storage: "floppy" }],
		["fetch", { fetch: 1 }],
		["settings.refreshIntervalMs", { settings: { refreshIntervalMs: 1 } }],
		["settings.static", { settings: { static: "%" } }],
		["profiles.sync", { profiles: { sync: "sometimes" } }],
		["telemetry.batchSize", { telemetry: { batchSize: 0 } }],
		["telemetry.include", { telemetry: { include: "all" } }],
		["telemetry.beforeSend", { telemetry: { beforeSend: "x" } }],
	]) {
		const error = await failure(() =>
			CloudService.createInstance(options(wrong)),
		);
		assert.equal(error.code, "CONFIG", name);
		assert.ok(error.message.includes(`\`${name}\``), error.message);
		assert.equal(CloudService.hasInstance(), false);
	}
});

test("a static token can neither sign in nor out, nor switch", async () => {
	const service = await CloudService.createInstance(options());
	for (const call of [
		() => service.login(),
		() => service.login({ mode: "host" }),
		() => service.logout(),
		() => service.switchOrganization("org_juniper"),
		() => service.handleCallback("https://app.example/?code=1&state=2"),
	]) {
		assert.equal(await code(call), "UNSUPPORTED_BY_AUTH");
	}
	assert.equal(
		service.isCallback("https://app.example/?code=1&state=2"),
		false,
	);
});

test("a call that its signal ends says by its code whether that was for its time", async () => {
	const service = await CloudService.createInstance(
		options({ fetch: () => new Promise(() => {}) }),
	);
	const failed = (signal) =>
		service.creditBalance({ signal }).catch(({ code }) => code);
	assert.equal(await failed(AbortSignal.timeout(10)), "TIMEOUT");
	assert.equal(await failed(AbortSignal.abort()), "ABORTED");
	const given = new AbortController();
	const waiting = failed(given.signal);
	given.abort();
	assert.equal(await waiting, "ABORTED");
});

test("one instance a realm, found again and disposed of once", async () => {
	const service = await CloudService.createInstance(options());
	assert.equal(CloudService.instance, service);
	assert.equal(
		await code(() => CloudService.createInstance(options())),
		"ALREADY_CREATED",
	);
	const hanging = service.freshSessionToken();
	await hanging;
	const late = failure(() => service.usage(30));
	service.dispose();
	service.dispose();
	service[Symbol.dispose ?? Symbol.for("Symbol.dispose")]();
	assert.equal((await late).code, "DISPOSED");
	assert.equal(await code(() => service.refreshSettings()), "DISPOSED");
	assert.equal(CloudService.hasInstance(), false);
});

test("dispose rejects whatever is pending, and nothing is heard or asked afterwards", async () => {
	const { fetch, asked, answers } = cloud();
	const service = await CloudService.createInstance(options({ fetch }));
	if (!service.getOrganizationSettings())
		await next(service, "settings-updated");
	for (const route of [
		"GET /api/extension/credit-balance",
		"GET /api/analytics/usage/daily",
		"GET /api/me",
		"PATCH /api/user-settings",
		"POST /api/extension/share",
		"POST /api/events/backfill",
		"POST /api/events/batch",
	]) {
		answers[route] = () => new Promise(() => {});
	}
	service.defineEvent("Own", {});
	service.captureEvent({ type: "Own", properties: {} });
	let heard = 0;
	service.subscribe(() => {
		heard += 1;
	});
	const pending = [
		() => service.creditBalance(),
		() => service.usage(3),
		() => service.getOrganizationMemberships(),
		() => service.updateUserSettings({ taskSyncEnabled: true }),
		() => service.shareTask("task-1"),
		() => service.backfillMessages("task-1", []),
		() => service.flush(),
	].map((call) => code(call));
	await new Promise((resolve) => setTimeout(resolve, 20));
	const before = asked.length;
	heard = 0;
	service.dispose();
	assert.deepEqual(
		await Promise.all(pending),
		pending.map(() => "DISPOSED"),
	);
	await new Promise((resolve) => setTimeout(resolve, 50));
	assert.deepEqual([asked.length, heard], [before, 0]);
});

test("after a panic every call fails with INTERNAL, and so does what was waiting", () => {
	const script = fileURLToPath(new URL("fault.js", import.meta.url));
	const run = spawnSync(process.execPath, [script], {
		encoding: "utf8",
		timeout: 20_000,
	});
	const { thrown, ...outcomes } = JSON.parse(run.stdout);
	// What the clock threw, and the panic that came of it.
	assert.deepEqual(thrown, ["Error", "RuntimeError"]);
	assert.deepEqual(outcomes, {
		waiting: "INTERNAL",
		broken: "INTERNAL",
		later: "INTERNAL",
		getter: "INTERNAL",
		pure: "INTERNAL",
		dispose: "resolved",
	});
});

test("settings and profiles arrive, and a snapshot stays the same object until then", async () => {
	const { fetch, asked, answers } = cloud();
	const service = await CloudService.createInstance(options({ fetch }));
	const { getSnapshot, subscribe } = service;
	assert.equal(getSnapshot(), getSnapshot());
	if (!service.getOrganizationSettings())
		await next(service, "settings-updated");
	if (service.listProfiles().length === 0)
		await next(service, "profiles-changed");
	assert.deepEqual(
		service.listProfiles().map(({ name, origin }) => [name, origin]),
		[["team", "cloud"]],
	);
	assert.equal(getSnapshot().settingsSource, "network");
	assert.equal(service.getOrganizationId(), "org_meridian");
	assert.equal(service.canShareTask(), true);
	assert.equal(service.isTaskSyncEnabled(), false);

	let told = 0;
	const unsubscribe = subscribe(() => {
		told += 1;
	});
	const before = getSnapshot();
	answers["GET /api/extension-settings"] = () =>
		json({ ...SETTINGS, user: { ...SETTINGS.user, version: 2 } });
	assert.deepEqual(await service.refreshSettings(), {
		changed: true,
		source: "network",
		warnings: [],
	});
	assert.notEqual(getSnapshot(), before);
	assert.equal(getSnapshot().organizationSettings, before.organizationSettings);
	assert.ok(told > 0);
	unsubscribe();

	answers["GET /api/extension-settings"] = () => json({ organization: {} });
	assert.equal(await code(() => service.refreshSettings()), "INVALID_RESPONSE");
	assert.equal(service.getUserSettings().version, 2);
	assert.ok(asked.every(({ url }) => !url.includes(TOKEN)));
});

test("each answer of the cloud has its code", async () => {
	const { fetch, answers } = cloud();
	const service = await CloudService.createInstance(options({ fetch }));
	if (!service.getOrganizationSettings())
		await next(service, "settings-updated");
	const balance = async (answer) => {
		answers["GET /api/extension/credit-balance"] = answer;
		return failure(() => service.creditBalance());
	};
	for (const [status, expected, retryable] of [
		[401, "INVALID_CREDENTIALS", false],
		[403, "FORBIDDEN", false],
		[404, "NOT_FOUND", false],
		[500, "SERVER", true],
	]) {
		const error = await balance(() => json({ error: CANARY }, { status }));
		assert.deepEqual([error.code, error.retryable], [expected, retryable]);
		if (status !== 401) assert.equal(error.status, status);
	}
	const limited = await balance(() =>
		json({}, { status: 429, headers: { "Retry-After": "5" } }),
	);
	assert.deepEqual(
		[limited.code, limited.retryAfterMs],
		["RATE_LIMITED", 5_000],
	);
	const cut = await balance(() =>
		Promise.reject(new TypeError("fetch failed")),
	);
	assert.deepEqual(
		[cut.code, cut.category, cut.retryable],
		["NETWORK", "api", true],
	);
	assert.equal(
		(await balance(() => json({ balance: "1" }))).code,
		"INVALID_RESPONSE",
	);
	answers["GET /api/extension/credit-balance"] = () => json({ balance: 42.5 });
	assert.equal(await service.creditBalance(), 42.5);

	answers["POST /api/extension/share"] = () => json({}, { status: 404 });
	assert.equal(await code(() => service.shareTask("task-1")), "TASK_NOT_FOUND");
	answers["PATCH /api/user-settings"] = () => json({}, { status: 409 });
	assert.equal(
		await code(() => service.updateUserSettings({ taskSyncEnabled: true })),
		"CONFLICT",
	);

	const controller = new AbortController();
	answers["GET /api/extension/credit-balance"] = () => new Promise(() => {});
	const aborted = failure(() =>
		service.creditBalance({ signal: controller.signal }),
	);
	controller.abort();
	assert.equal((await aborted).code, "ABORTED");
	for (const call of [
		() => service.usage(0),
		() => service.saveProfile("", {}),
		() => service.deleteProfile("nobody"),
		() => service.shareTask("", {}),
		() => service.shareTask("t", { visibility: "everyone" }),
		() => service.updateUserSettings({ taskSyncEnabled: 1 }),
	]) {
		assert.equal(await code(call), "INVALID_ARGUMENT");
	}
});

test("events are taken in, stripped of secrets, delivered and counted", async () => {
	const { fetch, asked } = cloud();
	const seen = [];
	const service = await CloudService.createInstance(
		options({
			fetch,
			telemetry: {
				properties: () => ({
					appName: "test",
					appVersion: "1",
					vscodeVersion: "1",
					platform: "web",
					editorName: "none",
					language: "en",
					mode: "code",
				}),
				beforeSend: (event) =>
					event.properties.taskId === "secret" ? null : event,
			},
		}),
		{ "task-event": (event) => seen.push(event) },
	);
	const id = service.captureEvent({
		type: "Task Created",
		properties: { taskId: "t", apiKey: CANARY },
	});
	assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
	assert.ok(service.emitTaskEvent("taskIdle", "t") > id);
	service.emitTaskEvent("taskCreated", "secret");
	assert.equal(
		await code(() =>
			service.captureEvent({ type: "Tool Used", properties: { taskId: 1 } }),
		),
		"INVALID_EVENT",
	);
	assert.equal(
		await code(() => service.emitTaskEvent("taskCompleted", "t")),
		"INVALID_EVENT",
	);
	service.defineEvent(
		"Build Done",
		(properties) => properties.ok === true || "not ok",
	);
	assert.equal(
		await code(() => service.captureEvent({ type: "Build Done" })),
		"INVALID_EVENT",
	);
	service.captureEvent({ type: "Build Done", properties: { ok: true } });

	assert.equal(service.queueStats().queued, 3);
	assert.deepEqual(await service.flush(), { delivered: 3, remaining: 0 });
	const batch = asked.find(({ route }) => route.endsWith("/batch"));
	const { events } = JSON.parse(batch.body);
	assert.deepEqual(
		events.map(({ type }) => type),
		["Task Created", "taskIdle", "Build Done"],
	);
	assert.doesNotMatch(batch.body, /canary/);
	assert.deepEqual(service.queueStats().dropped, { "before-send": 1 });
	assert.deepEqual(
		seen.map(({ name, category, taskId }) => [name, category, taskId]),
		[
			["taskIdle", "state", "t"],
			["taskCreated", "lifecycle", "secret"],
		],
	);
	service.setTelemetryEnabled(false);
	service.captureEvent({ type: "Build Done", properties: { ok: true } });
	assert.equal(service.queueStats().dropped.disabled, 1);
});

test("whom a listener takes off, or disposes of, hears nothing more of the same event", async () => {
	const service = await CloudService.createInstance(
		options({ profiles: { sync: "manual" } }),
	);
	const heard = [];
	const second = () => heard.push("second");
	service.on("profiles-changed", () => {
		heard.push("first");
		service.off("profiles-changed", second);
	});
	service.on("profiles-changed", second);
	service.on("profiles-changed", () => {
		heard.push("third");
		service.dispose();
	});
	service.on("profiles-changed", () => heard.push("fourth"));
	service.subscribe(() => {
		if (heard.includes("third")) heard.push("subscriber");
	});
	await service
		.saveProfile("own", { apiProvider: "anthropic" })
		.catch(() => {});
	assert.deepEqual(heard, ["first", "third"]);
});

test("a listener that throws or calls back harms nobody", async () => {
	const reported = [];
	globalThis.reportError = (error) => reported.push(error.message);
	const service = await CloudService.createInstance(
		options({ profiles: { sync: "manual" } }),
	);
	service.on("profiles-changed", () => {
		throw new Error("mine");
	});
	let names;
	service.on("profiles-changed", () => {
		names = service.listProfiles().map(({ name }) => name);
	});
	await service.saveProfile("own", {
		apiProvider: "anthropic",
		apiKey: CANARY,
	});
	delete globalThis.reportError;
	assert.deepEqual([names, reported], [["own"], ["mine"]]);
	assert.equal(service.getProfile({ name: "own" }).apiKey, CANARY);
	assert.doesNotMatch(JSON.stringify(service.getSnapshot()), /canary/);
	await service.activateProfile("own");
	assert.equal(service.getSnapshot().activeProfile, "own");
});
