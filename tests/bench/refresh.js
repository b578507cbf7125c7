// A refresh as an application causes it, seen from the edges of the client: its fetch, WebCrypto, IndexedDB.

import { CloudService } from "../../pkg/index.js";
import { answerOf, answerText, options } from "./cloud.js";

/** What the client did at its edges since `reset`. */
const edges = { sealed: [], puts: [], parses: 0 };
const reset = () => Object.assign(edges, { sealed: [], puts: [], parses: 0 });

/** The record of the merged profiles, among those of settings and session. */
const isProfiles = ({ name }) => /[\n/]profiles\/[^/]*$/.test(name);

const { encrypt } = SubtleCrypto.prototype;
SubtleCrypto.prototype.encrypt = function (algorithm, key, plain) {
	const sealed = { at: performance.now(), plain: plain.slice() };
	sealed.name = new TextDecoder().decode(algorithm.additionalData);
	sealed.copiedAt = performance.now();
	const promise = encrypt.call(this, algorithm, key, plain);
	// What this took, the copy for the comparison among it, is not the client's.
	sealed.outsideMs = performance.now() - sealed.at;
	edges.sealed.push(sealed);
	return promise;
};

const { put } = IDBObjectStore.prototype;
IDBObjectStore.prototype.put = function (value, key) {
	const written = { at: performance.now(), name: String(key) };
	edges.puts.push(written);
	this.transaction.addEventListener("complete", () => {
		written.committedAt = performance.now();
	});
	return put.call(this, value, key);
};

const { parse } = JSON;
JSON.parse = function (...values) {
	edges.parses += 1;
	return parse.apply(this, values);
};

const idle = () =>
	new Promise((resolve) => requestIdleCallback(resolve, { timeout: 50 }));

/** One client whose cloud says what `answer` says. */
async function client() {
	let current = () => answerOf(new TextEncoder().encode(answerText(1, 0)), "");
	const cloud = await CloudService.createInstance(
		options((init) => current(init)),
	);
	// A new client asks at once; what is measured later must not share that request.
	await cloud.refreshSettings();
	await cloud.syncProfiles();
	await idle();
	return {
		cloud,
		/** Refreshes with this answer; resolves when the merged profiles are stored. */
		async refresh(bytes, etag) {
			let answeredAt = 0;
			current = () => {
				const answer = answerOf(bytes, etag);
				answeredAt = performance.now();
				return answer;
			};
			reset();
			const changed = new Promise((resolve, reject) => {
				cloud.once("profiles-changed", resolve);
				cloud.once("background-error", reject);
			});
			const [result] = await Promise.all([changed, cloud.refreshSettings()]);
			// The client hears of the commit before we do.
			await idle();
			return { answeredAt, result };
		},
		answerNotModified() {
			current = (init) => {
				if (!new Headers(init.headers).has("If-None-Match"))
					throw new Error("nothing to be unmodified was named");
				return new Response(null, { status: 304 });
			};
		},
	};
}

/** What the browser takes for parsing both texts and writing the outcome, and no more. */
function floorMs(answer, stored, outcome) {
	const result = parse(outcome);
	const startedAt = performance.now();
	const parsed = [parse(answer), parse(stored)];
	const text = JSON.stringify(result);
	const took = performance.now() - startedAt;
	if (parsed.length + text.length === 0) throw new Error("it must not be dead");
	return took;
}

/** One row for each run: the client's own time, the browser's sealing and commit, and the floor. */
export async function refreshes(count, runs) {
	const { cloud, refresh } = await client();
	const texts = [0, 1].map((revision) => answerText(count, revision));
	const bytes = texts.map((text) => new TextEncoder().encode(text));
	const rows = [];
	try {
		// The first round fills the storage and lets the engine warm up, as a page that refreshes every five minutes has.
		for (let run = -2; run < runs; run += 1) {
			await refresh(bytes[0], `"${run} 0"`);
			const stored = new TextDecoder().decode(
				edges.sealed.find(isProfiles).plain,
			);
			const { answeredAt, result } = await refresh(bytes[1], `"${run} 1"`);
			const document = edges.sealed.find(isProfiles);
			const written = edges.puts.find(isProfiles);
			const outcome = new TextDecoder().decode(document.plain);
			if (run > -2 && count >= 16 && !(result.updated.length >= count / 8))
				throw new Error("the refresh changed nothing");
			const outsideMs = edges.sealed
				.slice(0, edges.sealed.indexOf(document))
				.reduce((sum, sealed) => sum + sealed.outsideMs, 0);
			const row = {
				clientMs: document.at - answeredAt - outsideMs,
				sealMs: written.at - document.copiedAt,
				commitMs: written.committedAt - written.at,
				renamed: result.renamed.length,
			};
			row.floorMs = floorMs(texts[1], stored, outcome);
			await idle();
			if (run >= 0) rows.push(row);
		}
	} finally {
		cloud.dispose();
	}
	return rows;
}

/** What a refresh answered 304 does that it should not. */
export async function notModified() {
	const { cloud, refresh, answerNotModified } = await client();
	await refresh(new TextEncoder().encode(answerText(100, 0)), '"held"');
	await idle();
	let woken = 0;
	cloud.subscribe(() => {
		woken += 1;
	});
	answerNotModified();
	reset();
	const outcome = await cloud.refreshSettings();
	await idle();
	cloud.dispose();
	if (outcome.source !== "not-modified") throw new Error("it was no 304");
	return { parses: edges.parses, puts: edges.puts.length, woken };
}
