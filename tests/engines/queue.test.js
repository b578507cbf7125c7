// The promise of the queue, in real browsers: ten thousand events from three tabs, while the network is cut, a tab leaves and the browser is
// killed, are on the server once each afterwards, but for those that `QueueStats.unstored` said were not stored yet.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { startCloud } from "../cloud/cloud.js";
import { ENGINES, launch, newProfile } from "./browsers.js";
import { startRemote } from "./remote.js";

const TABS = ["a", "b", "c"];
const EVENTS = 10_000;
const BURST = 100;
/** How many events the killed tab captures at least while it is about to be killed. */
const LAST_WORDS = 500;
/** An event is stored this long after its capture, in milliseconds. */
const COMMIT_LIMIT_MS = 50;
const DELIVERY_LIMIT_MS = 60_000;
const TEST_LIMIT_MS = 180_000;

for (const engine of ENGINES)
	test(`${engine}: no event is lost, and none is there twice`, {
		timeout: TEST_LIMIT_MS,
	}, async (t) => {
		const cloud = await startCloud();
		t.after(() => cloud.close());
		const remote = await startRemote();
		t.after(() => remote.close());
		const profile = await newProfile();
		t.after(() => profile.remove());
		const options = {
			apiUrl: cloud.apiUrl,
			auth: { type: "token", token: await staticToken(cloud) },
			telemetry: { flushIntervalMs: 1_000 },
		};
		let browser;
		t.after(() => browser?.kill());
		const open = async (names) => {
			const arrivals = names.map((name) => remote.arrival(name));
			browser = await launch(engine, {
				profile: profile.path,
				urls: names.map((name) => remote.url(name)),
			});
			const tabs = await Promise.all(arrivals);
			await Promise.all(tabs.map((tab) => tab.run("create", options)));
			return tabs;
		};

		cloud.control.faults.add({ route: "/api/events/*", drop: true });
		const [a, b, c] = await open(TABS);
		assert.equal((await a.run("capabilities")).storage, "indexeddb");

		const promised = [];
		const perTab = EVENTS / TABS.length;
		for (let count = 0; count < perTab; count += BURST)
			for (const tab of [a, b, c])
				promised.push(
					...(await tab.run("capture", { taskId: engine, count: BURST })),
				);
		for (const tab of [a, b, c])
			assert.ok(await everythingStored(tab), "events stay in memory");

		const times = [];
		for (let i = 0; i < 20; i += 1)
			times.push(await a.run("timeToStore", { taskId: engine }));
		times.sort((x, y) => x - y);
		t.diagnostic(
			`stored after ${times[10].toFixed(1)} ms, at most ${times.at(-1).toFixed(1)} ms`,
		);
		assert.ok(times[10] < COMMIT_LIMIT_MS, "an event is stored too late");

		// One tab leaves with nothing said; the network is back for a while, and cut again in the middle of what is sent.
		// A page that leaves may not get to answer.
		c.run("leave");
		cloud.control.faults.clear();
		await wait(2_000);
		cloud.control.faults.add({ route: "/api/events/*", loseAnswer: true });

		b.run("captureOnAndOn", { taskId: engine, each: 10 });
		await until(() => capturedIn(b).length >= LAST_WORDS, 30_000);
		await browser.kill();
		remote.endTabs();
		const { captured, stored } = lastWords(b);
		promised.push(...stored);
		t.diagnostic(
			`killed with ${captured.length - stored.length} of ${captured.length} events in memory only`,
		);

		cloud.control.faults.clear();
		await open(["a"]);
		const missing = () => {
			const there = new Set(eventsOf(cloud));
			return promised.filter((id) => !there.has(id));
		};
		await until(() => missing().length === 0, DELIVERY_LIMIT_MS);
		assert.deepEqual(missing(), [], "events are lost");
		const all = eventsOf(cloud);
		assert.equal(new Set(all).size, all.length, "an event is there twice");
		t.diagnostic(`${all.length} events delivered`);
	});

async function staticToken(cloud) {
	const answer = await fetch(`${cloud.apiUrl}/control/static-token`, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify({
			personId: "user_ana",
			organizationId: "org_meridian",
		}),
	});
	return (await answer.json()).token;
}

/** The ids of all events that the cloud has of ours. */
const eventsOf = (cloud) =>
	cloud.control.database
		.prepare(
			"SELECT id FROM events WHERE type = 'Tool Used' AND route = 'batch'",
		)
		.all()
		.map(({ id }) => id);

const everythingStored = (tab) =>
	until(async () => (await tab.run("stats")).unstored === 0, 10_000);

const capturedIn = (tab) => tab.notes.flatMap(({ captured }) => captured);

/** What a tab that is gone had captured, and what of it was stored by its own account. Events are stored in their order. */
function lastWords(tab) {
	const captured = capturedIn(tab);
	const { unstored } = tab.notes.at(-1);
	return { captured, stored: captured.slice(0, captured.length - unstored) };
}

/** Waits until `condition` gives something; gives that, or false once `limitMs` is over. */
async function until(condition, limitMs) {
	for (const endsAt = Date.now() + limitMs; Date.now() < endsAt; ) {
		const met = await condition();
		if (met) return met;
		await wait(50);
	}
	return false;
}
