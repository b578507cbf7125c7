// The promise of the sign-in, in real browsers: many tabs share grants whose tokens live five seconds, at an authorization server that rotates refresh
// tokens and forgives nothing; one person's tokens are bound to a key (with nonces), another signs in by ticket; an extension opens the pages. Tabs are
// killed at any moment (in Chromium). A grant is lost only where a tab was killed between its request and its storing the answer, which nobody can
// prevent; everybody else stays signed in, with one refresh for each expiry. No secret is left anywhere.
//
// `SESSION_SOAK=1` runs it for two minutes with 20 tabs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { startCloud } from "../cloud/cloud.js";
import { launch, newProfile } from "./browsers.js";
import { chromiumTabs } from "./chromium-tabs.js";
import { between, SharedSession } from "./shared-session.js";
import { until } from "./until.js";

/** Who signs in, and by which way. */
const PEOPLE = [
	["user_ana", "oauth"],
	["user_ben", "dpop"],
	["user_chiyo", "ticket"],
];
const TOKEN_SECONDS = 5;
/** What an answer of the token endpoint takes, so that tabs are killed while they wait for it, in milliseconds. */
const LATENCY_MS = 400;
const KILL_EVERY_MS = [500, 2_500];
/** What a tab needs to store an answer, on a machine that is busy, in milliseconds. */
const STORE_MS = 2_000;
const SETTLE_MS = TOKEN_SECONDS * 1_000 + STORE_MS;
/** A token is renewed when a quarter of its life is left, and no earlier, in milliseconds. */
const RENEWED_AFTER_MS = TOKEN_SECONDS * 750 - 100;

const SOAK = process.env.SESSION_SOAK !== undefined;
const SECONDS = SOAK ? 120 : 10;
/** How many tabs each of the people has. */
const TABS = SOAK
	? { chromium: [10, 6, 4], firefox: [6, 4, 2], webkit: [2, 2, 2] }
	: { chromium: [3, 2, 2], firefox: [3, 2, 2], webkit: [2, 2, 2] };

for (const [engine, tabs] of Object.entries(TABS))
	test(`${engine}: tabs that come and go share their sign-ins, and nobody loses one who need not`, {
		timeout: (SECONDS + 90) * 1_000,
	}, async (t) => {
		const cloud = await startCloud();
		t.after(() => cloud.close());
		cloud.control.settings.change({ accessTokenSeconds: TOKEN_SECONDS });
		const log = readLog(cloud);
		const sessions = [];
		for (const [i] of tabs.entries()) {
			const session = await SharedSession.start(cloud, ...PEOPLE[i]);
			t.after(() => session.close());
			sessions.push(session);
		}
		const profile = await newProfile();
		t.after(() => profile.remove());
		const urls = sessions.map((session, i) => session.urls(tabs[i]));
		const joined = sessions.flatMap((session, i) =>
			urls[i].map((url) => session.joined(url)),
		);
		const browser = await launch(engine, {
			profile: profile.path,
			urls: urls.flat(),
		});
		t.after(() => browser.kill());
		await Promise.all(joined);
		await Promise.all(sessions.map((session) => session.begin()));
		cloud.control.settings.change({ dpopNonceRequired: true });

		if (engine === "chromium") {
			for (const route of ["/oauth/token", "/ticket/*/tokens"])
				cloud.control.faults.add({ route, answerLatencyMs: LATENCY_MS });
			for (const session of sessions) session.signInAgain();
			await killTabs(
				await chromiumTabs(browser, profile.path),
				sessions,
				tabs,
				Date.now() + SECONDS * 1_000,
			);
			// What the last ones took with them shows when their token ends.
			await wait(SETTLE_MS);
		} else await wait(SECONDS * 1_000);

		for (const session of sessions) await session.end();
		const entries = log.entries();
		for (const session of sessions) {
			await assertSignedIn(session);
			await assertSecretless(session, cloud.control.database);
			t.diagnostic(judged(session, entriesOf(session, entries)));
		}
		await assertSignsOut(cloud, ...sessions);
	});

/** Kills and closes tabs at random until `endsAt`, and opens others. */
async function killTabs(chromium, sessions, counts, endsAt) {
	while (Date.now() < endsAt) {
		await wait(between(KILL_EVERY_MS));
		const living = sessions.flatMap((session) => session.living());
		const at = Date.now();
		const how = Math.random() < 0.5 ? "killed" : "closed";
		if (how === "killed") chromium.killOne(Math.random);
		else
			await chromium.close(
				living[Math.floor(Math.random() * living.length)][0],
			);
		await wait(200);
		await Promise.all(
			sessions.flatMap((session, i) => {
				session.bury(at, how);
				const urls = session.urls(counts[i] - session.living().length);
				return urls.map(async (url) => {
					const joined = session.joined(url);
					await chromium.open(url);
					await joined;
				});
			}),
		);
	}
}

/** Every tab gets a token that the cloud takes. */
async function assertSignedIn(session) {
	for (const [, tab] of session.living())
		assert.deepEqual(await tab.run("session"), {
			state: "active-session",
			user: session.person,
			hasToken: true,
		});
}

/** One tab signs out, of the server too, and so leaves for its page; all tabs are signed out with it, and nobody else is. */
async function assertSignsOut(cloud, session, other) {
	const [[, leaving], ...staying] = session.living();
	leaving.run("signOut", { endSession: true, returnTo: "/" }).catch(() => {});
	await until(() =>
		cloud.control.log
			.since(0)
			.some(({ path, status }) => path === "/oauth/sign-out" && status === 200),
	);
	for (const [, tab] of staying)
		await until(async () => (await tab.run("state")) === "logged-out");
	for (const [, tab] of other.living())
		assert.equal(await tab.run("state"), "active-session");
}

/** No tab logged, told, stored in the open, or put into an address what the server gave anybody, its own session token included. */
async function assertSecretless(session, database) {
	const issued = database
		.prepare(
			`SELECT id AS secret FROM oidc_artifacts WHERE model IN ('AccessToken', 'RefreshToken', 'AuthorizationCode')
			UNION SELECT client_token FROM ticket_sessions`,
		)
		.all()
		.map(({ secret }) => secret);
	assert.ok(issued.length > 10, `${issued.length} secrets are known`);
	for (const [, tab] of session.living()) {
		const token = await tab.run("token");
		const traces = await tab.run("traces");
		assert.ok(traces.addresses.length > 5, "addresses are seen");
		assert.ok(
			traces.stored.some((text) => text.length > 400),
			"records are seen",
		);
		for (const [place, texts] of Object.entries(traces))
			for (const secret of [token, ...issued])
				assert.ok(
					!texts.some((text) => text.includes(secret)),
					`${session.person}: a secret in ${place}`,
				);
	}
}

/** Judges what the server saw of a person's grants, and tells it. */
function judged(session, entries) {
	const { person, kills } = session;
	const grants = [...new Set(entries.map(({ grant }) => grant))];
	const killedBetween = (from, to) =>
		kills.find(({ at }) => at >= from && at <= to);
	let refreshes = 0;
	const losses = [];
	for (const grant of grants) {
		const own = entries.filter((entry) => entry.grant === grant);
		const granted = own.filter(({ outcome }) => outcome === "granted");
		refreshes += granted.length - 1;
		for (const [i, { at }] of granted.entries()) {
			if (i === 0) continue;
			const before = granted[i - 1].at;
			// The token may have died with the only tab that had it.
			if (!killedBetween(before - STORE_MS, at))
				assert.ok(
					at - before >= RENEWED_AFTER_MS,
					`${person}: two refreshes for one expiry, ${at - before} ms apart`,
				);
		}
		const lost = own.find(({ outcome }) => outcome !== "granted");
		if (!lost) continue;
		const spent = granted.at(-1).at;
		const kill = killedBetween(
			spent - LATENCY_MS,
			spent + LATENCY_MS + STORE_MS,
		);
		assert.ok(
			kill && kill.at <= lost.at,
			`${person}: ${lost.outcome}, and no tab was killed around the refresh before`,
		);
		losses.push({ at: lost.at, afterKillMs: lost.at - kill.at });
	}
	assert.equal(
		session.signIns,
		1 + losses.length,
		`${person} signed in again without need`,
	);
	const explained = ({ at }) =>
		losses.some((loss) => at >= loss.at - 500 && at <= loss.at + 10_000);
	assert.deepEqual(
		session.signOuts.filter((signOut) => !explained(signOut)),
		[],
	);
	assert.deepEqual(
		session.failures.filter((failure) => !explained(failure)),
		[],
	);
	assert.ok(
		refreshes >= Math.floor(SECONDS / (2 * TOKEN_SECONDS)),
		`${person}: ${refreshes} refreshes`,
	);
	const closed = kills.filter(({ how }) => how === "closed").length;
	return `${person} (${session.way}): ${session.living().length} tabs, ${session.calls} calls, ${refreshes} refreshes; ${kills.length - closed} tabs killed, ${closed} closed; ${losses.length} grants lost to that${losses.map(({ afterKillMs }) => ` (${afterKillMs} ms after)`).join("")}`;
}

const entriesOf = ({ person, way }, entries) => {
	if (way === "ticket") return entries.filter(({ grant }) => grant === TICKET);
	const grants = new Set(
		entries
			.filter(({ personId }) => personId === person)
			.map(({ grant }) => grant),
	);
	return entries.filter(({ grant }) => grants.has(grant));
};

/** The ticket server has no grants that could be told apart; here one person signs in there. */
const TICKET = "ticket";
const TICKET_TOKENS = /^\/ticket\/v1\/client\/sessions\/[^/]+\/tokens$/;

/** Follows the cloud's log, which keeps the newest entries alone: what it says of token requests that were answered. */
function readLog(cloud) {
	const entries = [];
	let last = 0;
	const read = () => {
		for (const entry of cloud.control.log.since(last)) {
			last = entry.sequence;
			const { kind, outcome, path } = entry;
			const at = Date.parse(entry.at);
			// What was refused for want of a nonce cost no token, and is asked for again.
			if (
				kind === "token" &&
				outcome !== "grant-revoked" &&
				entry.error !== "use_dpop_nonce"
			)
				entries.push({ ...entry, at });
			if (kind === "request" && TICKET_TOKENS.test(path))
				entries.push({ grant: TICKET, outcome: "granted", at });
		}
	};
	const timer = setInterval(read, 500);
	timer.unref();
	return {
		entries() {
			clearInterval(timer);
			read();
			return entries;
		},
	};
}
