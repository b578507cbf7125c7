// A task's messages go up in real browsers, can be stopped on the way, and nobody but the cloud gets them, whoever watches their progress.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ENGINES, launch, newProfile } from "./browsers.js";
import { startRemote } from "./remote.js";
import { until } from "./until.js";

/** More than what the browser and the system take in before the server has read anything. */
const MESSAGE_BYTES = 24 * 1024 * 1024;
const BACKFILL = "/api/events/backfill";

/** A cloud that takes its time to read what comes, and tells of each backfill how many bytes came, whether all did, and by whom it was asked. */
async function startSlowCloud() {
	const cloud = { backfills: [], movedTo: undefined };
	const server = createServer(async (request, response) => {
		for (const name of ["Origin", "Headers", "Methods"])
			response.setHeader(
				`Access-Control-Allow-${name}`,
				name === "Headers" ? "authorization, content-type" : "*",
			);
		if (request.method !== "POST" || request.url !== BACKFILL)
			return response.end(request.method === "OPTIONS" ? "" : "{}");
		const backfill = {
			bytes: 0,
			whole: false,
			authorization: request.headers.authorization,
		};
		cloud.backfills.push(backfill);
		if (cloud.movedTo) {
			response.writeHead(307, { Location: cloud.movedTo + BACKFILL }).end();
			request.resume();
			return;
		}
		try {
			for await (const chunk of request) {
				backfill.bytes += chunk.length;
				backfill.tail = chunk.subarray(-8).toString();
				await pause(4);
			}
			backfill.whole = true;
			response.end("{}");
		} catch {
			backfill.cut = true;
		}
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	cloud.url = `http://127.0.0.1:${server.address().port}`;
	cloud.close = () => {
		server.closeAllConnections();
		server.close();
	};
	return cloud;
}

const part = (value) =>
	Buffer.from(JSON.stringify(value)).toString("base64url");
const TOKEN = [{ alg: "none" }, { r: { u: "user_ana" }, exp: 4102444800 }]
	.map(part)
	.concat("signature")
	.join(".");

for (const engine of ENGINES)
	test(`f2_f3 ${engine}: a task's messages go up, stop where they are told to, and follow no redirect`, {
		timeout: 120_000,
	}, async (t) => {
		const cloud = await startSlowCloud();
		t.after(() => cloud.close());
		const elsewhere = await startSlowCloud();
		t.after(() => elsewhere.close());
		const remote = await startRemote();
		t.after(() => remote.close());
		const profile = await newProfile();
		t.after(() => profile.remove());
		const arrival = remote.arrival("a");
		const browser = await launch(engine, {
			profile: profile.path,
			urls: [remote.url("a")],
		});
		t.after(() => browser.kill());
		const tab = await arrival;
		await tab.run("create", {
			apiUrl: cloud.url,
			auth: { type: "token", token: TOKEN },
		});
		const backfill = async ({ watched, isStopped }) => {
			const earlier = cloud.backfills.length;
			await tab.run("beginBackfill", { bytes: MESSAGE_BYTES, watched });
			const seen = () => cloud.backfills[earlier];
			if (isStopped) await until(() => seen()?.bytes > 0);
			const outcome = await tab.run("endBackfill", { isStopped });
			return { ...outcome, seen: seen() };
		};

		for (const watched of [true, false]) {
			const { told, code, seen } = await backfill({ watched });
			assert.equal(code, undefined);
			assert.ok(seen.whole && seen.tail.endsWith("--\r\n"));
			if (!watched) continue;
			const sent = told.map(({ sentBytes }) => sentBytes);
			assert.deepEqual([sent[0], sent.at(-1)], [0, seen.bytes]);
			assert.deepEqual(
				sent,
				sent.toSorted((a, b) => a - b),
			);
			t.diagnostic(`progress was told ${told.length} times`);
		}

		const stopped = await backfill({ watched: true, isStopped: true });
		assert.equal(stopped.code, "ABORTED");
		await until(() => stopped.seen.cut);
		assert.ok(stopped.seen.bytes < MESSAGE_BYTES);

		cloud.movedTo = elsewhere.url;
		for (const watched of [true, false]) {
			const moved = await backfill({ watched });
			assert.equal(moved.code, "NETWORK");
			assert.equal(moved.seen.authorization, `Bearer ${TOKEN}`);
		}
		assert.deepEqual(elsewhere.backfills, []);
	});
