// A page's start: from nothing loaded to the first snapshot, read from the sealed cache.

import { answerOf, answerText, options } from "./cloud.js";

const bytes = new TextEncoder().encode(answerText(20, 0));

/** Fills the cache, as the visit before did: settings and the profiles merged from them. */
export async function visit() {
	const { CloudService } = await import("../../pkg/index.js");
	const cloud = await CloudService.createInstance(
		options(() => answerOf(bytes, '"0"')),
	);
	const merged = new Promise((resolve) =>
		cloud.once("profiles-changed", resolve),
	);
	await Promise.all([cloud.refreshSettings(), merged]);
}

/** Milliseconds from the import to the snapshot. */
export async function start() {
	performance.mark("start:begin");
	const startedAt = performance.now();
	const { CloudService } = await import("../../pkg/index.js");
	const importedAt = performance.now();
	const cloud = await CloudService.createInstance(
		options(() => new Promise(() => {})),
	);
	const snapshot = cloud.getSnapshot();
	const endedAt = performance.now();
	performance.mark("start:end");
	if (snapshot.settingsSource !== "cache" || !snapshot.organizationSettings)
		throw new Error("the first snapshot has no settings from the cache");
	if (snapshot.profiles.length < 20)
		throw new Error("the first snapshot has no profiles");
	return { importMs: importedAt - startedAt, totalMs: endedAt - startedAt };
}

/** Milliseconds that the import of the assembled stack takes, and those of a start, in one page; `stackFirst`: in this order. */
export async function beside(stackFirst) {
	let importMs;
	const importStack = async () => {
		const startedAt = performance.now();
		await import("/stack.js");
		importMs = performance.now() - startedAt;
	};
	if (stackFirst) await importStack();
	const { totalMs } = await start();
	if (!stackFirst) await importStack();
	return { importMs, totalMs };
}
