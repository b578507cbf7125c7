// Tokens bound to a key (RFC 9449), the package in Node at the development cloud, whose authorization server is a certified one.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, test } from "node:test";
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader } from "jose";
import { CloudService, initSync } from "../../pkg/index.js";
import { startCloud } from "../cloud/cloud.js";
import { FetchClient } from "../cloud/fetch-client.js";
import { create, extension } from "./extension.js";

let cloud;
let client;
before(async () => {
	initSync(
		readFileSync(
			new URL("../../pkg/wasm/roo_cloud_web_bg.wasm", import.meta.url),
		),
	);
	cloud = await startCloud();
	client = new FetchClient(cloud);
});
after(() => cloud.close());
afterEach(async () => {
	await CloudService.instance.logout().catch(() => {});
	CloudService.resetInstance();
	await client.control("reset", { sessions: true });
});

/** Signs in through an extension, with what it opened and sent. */
async function signedIn() {
	const { host, sent, opened } = extension(cloud);
	const service = await create(cloud, host, { dpop: true });
	await service.login();
	await service.refreshSettings();
	return { service, sent, opened };
}

test("every token is bound, every request is proven with the same key, and none is a bearer's", async () => {
	const { service, sent, opened } = await signedIn();
	const proven = sent.filter(({ headers }) => headers.has("dpop"));
	const proofs = proven.map(({ headers }) => headers.get("dpop"));
	assert.ok(proofs.length >= 3);
	const keys = new Set();
	for (const { url, method, headers } of proven) {
		const proof = headers.get("dpop");
		const { alg, typ, jwk } = decodeProtectedHeader(proof);
		assert.deepEqual([alg, typ, jwk.d], ["ES256", "dpop+jwt", undefined]);
		keys.add(await calculateJwkThumbprint(jwk));
		const { htm, htu, ath } = decodeJwt(proof);
		assert.deepEqual([htm, htu], [method, url.origin + url.pathname]);
		assert.equal(headers.has("authorization"), ath !== undefined);
	}
	assert.deepEqual(
		[...keys],
		[new URL(opened[0]).searchParams.get("dpop_jkt")],
	);
	assert.equal(new Set(proofs).size, proofs.length, "a proof is used once");
	for (const { headers } of sent)
		assert.match(headers.get("authorization") ?? "DPoP ", /^DPoP /);

	const token = await service.freshSessionToken();
	const stolen = await fetch(`${cloud.apiUrl}/api/me`, {
		headers: { Authorization: `Bearer ${token}` },
	});
	assert.equal(stolen.status, 401);
});

test("D10 a nonce that the servers begin to want is used after one retry, and kept", async () => {
	const { service, sent } = await signedIn();
	await client.control("settings", { dpopNonceRequired: true });
	sent.length = 0;
	await service.refreshSettings();
	await service.creditBalance();
	await service.switchOrganization("org_juniper");
	assert.equal(service.getOrganizationId(), "org_juniper");
	const tokens = sent.filter(({ url }) => url.pathname === "/oauth/token");
	assert.ok(tokens.length <= 2, "one retry");
	assert.ok(
		sent.slice(-3).every(({ headers }) => decodeJwt(headers.get("dpop")).nonce),
	);
});
