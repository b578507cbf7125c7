// A page's start: from nothing loaded to the first snapshot, read from the sealed cache.

import { answerOf, answerText, options } from "./cloud.js";

const bytes = new TextEncoder().encode(answerText(20, 0));

/** Fills the cache, as the visit before did. */
export async function visit() {
	const { CloudService } = await import("../../pkg/index.js");
	const cloud = await CloudService.createInstance(
		options(() => answerOf(bytes, '"0"')),
	);
	await cloud.refreshSettings();
}

/** Milliseconds from the import to the snapshot, and the longest time in which the main thread did nothing else. */
export async function start() {
	const ticks = new MessageChannel();
	let longestMs = 0;
	let last = performance.now();
	let running = true;
	const tick = () => {
		const now = performance.now();
		longestMs = Math.max(longestMs, now - last);
		last = now;
	};
	ticks.port1.onmessage = () => {
		tick();
		if (running) ticks.port2.postMessage(0);
	};
	ticks.port2.postMessage(0);

	const startedAt = performance.now();
	const { CloudService } = await import("../../pkg/index.js");
	const importedAt = performance.now();
	const cloud = await CloudService.createInstance(
		options(() => new Promise(() => {})),
	);
	const snapshot = cloud.getSnapshot();
	const endedAt = performance.now();
	tick();
	running = false;
	if (snapshot.settingsSource !== "cache" || !snapshot.organizationSettings)
		throw new Error("the first snapshot has no settings from the cache");
	return {
		importMs: importedAt - startedAt,
		totalMs: endedAt - startedAt,
		longestMs,
	};
}
