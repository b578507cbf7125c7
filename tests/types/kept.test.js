// What the client has its host keep, so that a webview can show something before there is a client: the package in Node, the extension a
// double, the cloud the development cloud.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, test } from "node:test";
import { CloudService, initSync } from "../../pkg/index.js";
import { startCloud } from "../cloud/cloud.js";
import { extension } from "./extension.js";

const CANARY = "canary-4711-secret";

let cloud;
before(async () => {
	initSync(
		readFileSync(
			new URL("../../pkg/wasm/roo_cloud_web_bg.wasm", import.meta.url),
		),
	);
	cloud = await startCloud();
});
after(() => cloud.close());
afterEach(async () => {
	if (CloudService.hasInstance())
		await CloudService.instance.logout().catch(() => {});
	CloudService.resetInstance();
});

/** Options whose host keeps state as an editor does: as JSON. */
function options(members = {}) {
	const memory = { json: undefined, writes: 0 };
	const { host } = extension(cloud);
	return {
		memory,
		apiUrl: cloud.apiUrl,
		auth: {
			type: "oauth",
			issuer: cloud.issuer,
			clientId: cloud.clientId,
			redirectUri: "http://127.0.0.1:5173/callback",
			mode: "host",
		},
		host: {
			...host,
			getState: () => memory.json && JSON.parse(memory.json),
			setState(state) {
				memory.json = JSON.stringify(state);
				memory.writes += 1;
			},
			...members,
		},
	};
}

test("what is kept is the person and the profiles as the snapshot has them, and neither secret nor token nor settings", async () => {
	const mine = options();
	assert.equal(CloudService.keptSnapshot(mine), undefined);
	const service = await CloudService.createInstance(mine);
	await service.login();
	await service.refreshSettings();
	await service.syncProfiles();
	await service.saveProfile("mine", {
		apiProvider: "anthropic",
		apiKey: CANARY,
	});
	await service.activateProfile("mine");

	const { userInfo, profiles, activeProfile } = service.getSnapshot();
	assert.equal(userInfo.name, "Ana Lindqvist");
	assert.ok(profiles.length > 1);
	assert.deepEqual(CloudService.keptSnapshot(mine), {
		authState: "initializing",
		userInfo,
		online: true,
		profiles,
		activeProfile,
		queue: {
			queued: 0,
			bytes: 0,
			unstored: 0,
			inFlight: 0,
			delivered: 0,
			dropped: {},
		},
	});
	assert.deepEqual(Object.keys(JSON.parse(mine.memory.json)), [
		"version",
		"owner",
		"userInfo",
		"profiles",
		"activeProfile",
	]);
	for (const hidden of [CANARY, service.getSessionToken()])
		assert.ok(!mine.memory.json.includes(hidden));
});

test("signing out takes it back", async () => {
	const mine = options();
	const service = await CloudService.createInstance(mine);
	await service.login();
	await service.refreshSettings();
	await service.syncProfiles();
	const ofTheCloud = service
		.listProfiles()
		.filter(({ origin }) => origin === "cloud");
	assert.ok(ofTheCloud.length > 0);
	await service.logout();
	assert.equal(CloudService.keptSnapshot(mine).userInfo, null);
	assert.deepEqual(
		CloudService.keptSnapshot(mine).profiles,
		service.listProfiles(),
	);
	for (const { name } of [{ name: "Lindqvist" }, ...ofTheCloud])
		assert.ok(!mine.memory.json.includes(name), name);
});

test("events that pass through it are no reason to write", async () => {
	const mine = options();
	const service = await CloudService.createInstance(mine);
	await service.login();
	await service.refreshSettings();
	service.defineEvent("Own", {});
	const { writes } = mine.memory;
	service.captureEvent({ type: "Own", properties: {} });
	await service.flush();
	assert.equal(mine.memory.writes, writes);
});

test("E6 with another cloud or another way to sign in, nothing of it is shown", async () => {
	const mine = options();
	const service = await CloudService.createInstance(mine);
	await service.login();
	assert.equal(CloudService.keptSnapshot(mine).userInfo.name, "Ana Lindqvist");
	for (const other of [
		{ apiUrl: "https://other.example" },
		{ auth: { ...mine.auth, issuer: "https://other.example" } },
		{ auth: { ...mine.auth, clientId: "other" } },
		{ auth: { type: "ticket", authRedirect: "vscode://a.b" } },
		{ auth: { type: "token", token: "x" } },
	])
		assert.equal(CloudService.keptSnapshot({ ...mine, ...other }), undefined);
});

test("a host that keeps nothing, throws, or gives what was never kept harms nobody", async () => {
	const broken = () => {
		throw new Error("mine");
	};
	const mine = options({ setState: broken });
	const service = await CloudService.createInstance(mine);
	assert.equal((await service.login()).name, "Ana Lindqvist");
	const whole = options();
	CloudService.resetInstance();
	await CloudService.createInstance(whole);
	const state = JSON.parse(whole.memory.json);
	for (const getState of [
		undefined,
		broken,
		() => undefined,
		() => "text",
		() => [],
		() => Promise.resolve(state),
		() => ({ ...state, version: 2 }),
		() => ({ ...state, profiles: undefined }),
		() => ({ ...state, profiles: {} }),
	])
		assert.equal(
			CloudService.keptSnapshot({ ...whole, host: { getState } }),
			undefined,
			`${getState}`,
		);
	assert.ok(CloudService.keptSnapshot(whole));
	assert.equal(CloudService.keptSnapshot({ apiUrl: cloud.apiUrl }), undefined);
});
