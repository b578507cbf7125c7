import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { decodeJwt } from "jose";
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
beforeEach(() => client.control("reset", { sessions: true }));
after(() => cloud.close());

const statusOf = async (/** @type {string} */ token) =>
	(await client.api("/api/me", token)).status;

test("refresh rotates: a new refresh token, a new access token, the grant goes on", async () => {
	const first = await client.session("user_ana");
	const second = await (await client.refresh(first.refresh_token)).json();
	assert.notEqual(second.refresh_token, first.refresh_token);
	assert.notEqual(second.access_token, first.access_token);
	const third = await client.refresh(second.refresh_token);
	assert.equal(third.status, 200);
	assert.equal(await statusOf(second.access_token), 200);
});

test("a refresh token spent again kills the grant and all it gave out", async () => {
	const first = await client.session("user_ana");
	const second = await (await client.refresh(first.refresh_token)).json();
	const again = await client.refresh(first.refresh_token);
	assert.equal(again.status, 400);
	assert.equal((await again.json()).error, "invalid_grant");
	assert.equal(await statusOf(second.access_token), 401);
	assert.equal((await client.refresh(second.refresh_token)).status, 400);
	const { entries } = await (await client.control("log?kind=token")).json();
	assert.ok(
		entries.some(
			(/** @type {any} */ entry) => entry.outcome === "refresh-token-reused",
		),
	);
});

test("of refreshes at the same moment one wins, and its tokens are dead as well", async () => {
	const { refresh_token } = await client.session("user_ana");
	const answers = await Promise.all(
		Array.from({ length: 5 }, () => client.refresh(refresh_token)),
	);
	const won = answers.filter((answer) => answer.status === 200);
	assert.ok(won.length <= 1);
	for (const answer of won) {
		const tokens = await answer.json();
		assert.equal(await statusOf(tokens.access_token), 401);
		assert.equal((await client.refresh(tokens.refresh_token)).status, 400);
	}
});

test("each sign-in has a grant of its own: reuse on one device leaves the other alone", async () => {
	const [laptop, phone] = [
		await client.session("user_ana"),
		await client.session("user_ana"),
	];
	await client.refresh(laptop.refresh_token);
	await client.refresh(laptop.refresh_token);
	assert.equal(await statusOf(laptop.access_token), 401);
	assert.equal(await statusOf(phone.access_token), 200);
});

test("organization_id on the refresh grant switches; a foreign one is refused and spends nothing", async () => {
	const first = await client.session("user_ana");
	const switched = await (
		await client.refresh(first.refresh_token, {
			organization_id: "org_juniper",
		})
	).json();
	assert.equal(decodeJwt(switched.id_token).org_id, "org_juniper");
	const settings = await (
		await client.api("/api/extension-settings", switched.access_token)
	).json();
	assert.equal(settings.organization.cloudSettings.taskShareExpirationDays, 7);

	const kept = await (await client.refresh(switched.refresh_token)).json();
	assert.equal(decodeJwt(kept.id_token).org_id, "org_juniper");
	const personal = await (
		await client.refresh(kept.refresh_token, { organization_id: "" })
	).json();
	assert.equal(decodeJwt(personal.id_token).org_id, undefined);

	const refused = await client.refresh(personal.refresh_token, {
		organization_id: "org_unknown",
	});
	assert.deepEqual(
		[refused.status, (await refused.json()).error],
		[400, "access_denied"],
	);
	assert.equal((await client.refresh(personal.refresh_token)).status, 200);
});

test("access tokens live as long as the control endpoint says", async () => {
	await client.control("settings", { accessTokenSeconds: 1 });
	const session = await client.session("user_ana");
	const call = () => client.api("/api/me", session.access_token);
	let answer = await call();
	assert.equal(answer.status, 200);
	const issuedAt = Date.now();
	while (answer.status === 200 && Date.now() < issuedAt + 10_000) {
		await sleep(100);
		answer = await call();
	}
	assert.equal(answer.status, 401);
	assert.match(
		answer.headers.get("www-authenticate") ?? "",
		/^Bearer .*error="invalid_token"/,
	);
	assert.equal((await client.refresh(session.refresh_token)).status, 200);
});

test("revocation of the refresh token ends the session; introspection says so", async () => {
	const session = await client.session("user_ana");
	const introspect = async () => {
		const body = new URLSearchParams({
			client_id: cloud.clientId,
			token: session.access_token,
		});
		return (
			await fetch(`${cloud.issuer}/oauth/introspect`, { method: "POST", body })
		).json();
	};
	const before = await introspect();
	assert.deepEqual([before.active, before.org_id], [true, "org_meridian"]);
	const body = new URLSearchParams({
		client_id: cloud.clientId,
		token: session.refresh_token,
	});
	assert.equal(
		(await fetch(`${cloud.issuer}/oauth/revoke`, { method: "POST", body }))
			.status,
		200,
	);
	assert.equal((await introspect()).active, false);
	assert.equal(await statusOf(session.access_token), 401);
});

test("revoke-all ends every session of the person and nobody else's", async () => {
	const [one, other, ben] = [
		await client.session("user_ana"),
		await client.session("user_ana"),
		await client.session("user_ben"),
	];
	assert.deepEqual(
		await (
			await client.api("/api/me/revoke-all", one.access_token, {
				method: "POST",
			})
		).json(),
		{ revoked: 2 },
	);
	assert.equal(await statusOf(other.access_token), 401);
	assert.equal((await client.refresh(other.refresh_token)).status, 400);
	assert.equal(await statusOf(ben.access_token), 200);
});

test("a static token is good until it expires", async () => {
	const { token } = await (
		await client.control("static-token", {
			personId: "user_ben",
			organizationId: "org_meridian",
		})
	).json();
	const { r } = /** @type {any} */ (decodeJwt(token));
	assert.deepEqual([r.u, r.o], ["user_ben", "org_meridian"]);
	assert.equal(await statusOf(token), 200);
	const { token: old } = await (
		await client.control("static-token", {
			personId: "user_ben",
			expiresInSeconds: -1,
		})
	).json();
	assert.equal(await statusOf(old), 401);
	assert.equal(await statusOf(`${token.slice(0, -4)}AAAA`), 401);
});

test("a restart loses nothing: sessions, browser sign-in, grants, events", async () => {
	const folder = await mkdtemp(join(tmpdir(), "roo-cloud-"));
	const db = join(folder, "cloud.sqlite");
	try {
		const first = await startCloud({ db });
		const ports = [first.apiUrl, first.issuer].map((url) =>
			Number(new URL(url).port),
		);
		const browser = new FetchClient(first);
		const { tokens } = await browser.signIn("user_ana");
		await browser.api("/api/events", tokens.access_token, {
			method: "POST",
			json: { type: "Tab Shown", properties: { tab: "history" } },
		});
		await first.close();

		const second = await startCloud({
			db,
			ports: { api: ports[0], auth: ports[1] },
		});
		try {
			assert.equal(
				(await browser.api("/api/me", tokens.access_token)).status,
				200,
			);
			assert.equal((await browser.refresh(tokens.refresh_token)).status, 200);
			assert.equal(
				decodeJwt((await browser.signIn("not asked")).tokens.id_token).sub,
				"user_ana",
			);
			const { events } = await (
				await fetch(`${second.apiUrl}/admin/api/events`)
			).json();
			assert.deepEqual(events[0].properties, { tab: "history" });
		} finally {
			await second.close();
		}
	} finally {
		await rm(folder, { recursive: true });
	}
});

test("a file of another version is refused and left as it is", async () => {
	const folder = await mkdtemp(join(tmpdir(), "roo-cloud-"));
	const db = join(folder, "cloud.sqlite");
	try {
		const other = await startCloud({ db });
		other.control.database.exec("PRAGMA user_version = 999");
		await other.close();
		await assert.rejects(startCloud({ db }), /written by another version/);
	} finally {
		await rm(folder, { recursive: true });
	}
});
