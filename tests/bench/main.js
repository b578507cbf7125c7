// Measures what this project promises, in Chromium, and fails where a promise is broken. Usage: CHROMIUM_BINARY=chromium node main.js

import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { chromium } from "@playwright/test";
import { figure, median, medianOf, report } from "./figures.js";
import { measureEvents } from "./measure-events.js";
import { bundleStack, measureStack } from "./measure-stack.js";
import { serve } from "./server.js";

const RUNS = 9;
const COUNTS = [10, 100, 1_000, 10_000];
const PKG = new URL("../../pkg/", import.meta.url);
const ON_DEMAND = "wasm/online.wasm";

const gzipKiB = (names) =>
	names
		.map((name) => gzipSync(readFileSync(new URL(name, PKG)), { level: 9 }))
		.reduce((sum, packed) => sum + packed.length / 1024, 0);

function weigh() {
	const parts = readdirSync(new URL("wasm/", PKG))
		.filter((name) => /\.(js|wasm)$/.test(name))
		// The whole module, and the entry that carries its bytes, are loaded in place of the two parts.
		.filter((name) => !["roo_cloud_web_bg.wasm", "inline.js"].includes(name))
		.map((name) => `wasm/${name}`);
	const all = gzipKiB(["index.js", ...parts]);
	figure("both parts of the module and glue, gzip -9", all, "KiB", 90);
}

/** What a start from the cache asks the server for, where nothing is in the HTTP cache. */
async function weighStart(context, server) {
	const page = await context.newPage();
	await page.goto(server.origin);
	const devTools = await context.newCDPSession(page);
	await devTools.send("Network.enable");
	await devTools.send("Network.setCacheDisabled", { cacheDisabled: true });
	const asked = server.requests.length;
	await page.evaluate(async () =>
		(await import("/tests/bench/start.js")).start(),
	);
	// The other part may have been asked for by then, too.
	const loaded = server.requests
		.slice(asked)
		.filter((path) => path.startsWith("/pkg/"))
		.map((path) => path.slice("/pkg/".length));
	// Left half read, it would lie in the HTTP cache by half.
	await page.evaluate(async () => (await import("/pkg/index.js")).default());
	await page.close();
	if (loaded.length === 0) throw new Error("the start loaded nothing");
	const first = gzipKiB(loaded.filter((path) => path !== ON_DEMAND));
	figure("  the part that a page begins with", first, "KiB", undefined, 46);
	figure("  the part loaded on demand", gzipKiB([ON_DEMAND]), "KiB");
}

/** Starts in a new page, with the HTTP cache and the IndexedDB that a first visit left; `around` the measuring, if need be. */
async function startOnce(context, server, around = (_page, start) => start()) {
	const page = await context.newPage();
	await page.goto(server.origin);
	await page.evaluate(() => import("/tests/bench/start.js"));
	const asked = server.requests.length;
	const measured = await around(page, () =>
		page.evaluate(async () => (await import("/tests/bench/start.js")).start()),
	);
	const cold = server.requests.slice(asked);
	if (cold.length > 0) throw new Error(`the HTTP cache is cold: ${cold}`);
	await page.close();
	return measured;
}

/** The main thread's tasks from the first mark to the last, in milliseconds, by the browser's own trace. */
function tasksOf(trace) {
	const { traceEvents } = JSON.parse(trace.toString());
	const marks = traceEvents.filter(({ name }) => name.startsWith("start:"));
	const [from, to] = [marks[0].ts, marks.at(-1).ts];
	const tasks = traceEvents
		.filter(({ name, ph }) => ph === "X" && name.endsWith("RunTask"))
		.filter(({ pid, tid }) => pid === marks[0].pid && tid === marks[0].tid)
		.filter(({ ts, dur }) => ts + dur > from && ts < to)
		.map(({ ts, dur }) => (Math.min(ts + dur, to) - Math.max(ts, from)) / 1000);
	if (tasks.length === 0) throw new Error("the trace names no task");
	return tasks;
}

async function measureStart(browser, server) {
	const context = await browser.newContext();
	const visitor = await context.newPage();
	await visitor.goto(server.origin);
	await visitor.evaluate(async () =>
		(await import("/tests/bench/start.js")).visit(),
	);
	await visitor.close();
	await weighStart(context, server);

	const starts = [];
	for (let run = -1; run < RUNS; run += 1) {
		const measured = await startOnce(context, server);
		if (run >= 0) starts.push(measured);
	}
	const traced = [];
	for (let run = 0; run < RUNS; run += 1) {
		await startOnce(context, server, async (page, start) => {
			const categories = ["toplevel", "blink.user_timing"];
			await browser.startTracing(page, { categories });
			await start();
			traced.push(tasksOf(await browser.stopTracing()));
		});
	}
	const name = "import, instantiate, first snapshot from cache";
	figure(name, medianOf(starts, "totalMs"), "ms", 40, 20);
	figure("  of which import", medianOf(starts, "importMs"), "ms");
	const longest = traced.map((tasks) => Math.max(...tasks));
	figure("  main thread blocked: longest task", median(longest), "ms", 10);
	const all = traced.map((tasks) => tasks.reduce((sum, task) => sum + task));
	figure("  all its tasks together", median(all), "ms");

	const again = async () => {
		const page = await context.newPage();
		await page.goto(server.origin);
		return page;
	};
	await measureStack(stack, again, RUNS);
}

/** A page with nothing stored yet. */
async function fresh(browser, server) {
	const page = await (await browser.newContext()).newPage();
	await page.goto(server.origin);
	return page;
}

async function measureRefresh(open) {
	let before;
	for (const count of COUNTS) {
		const page = await open();
		const runs = await page.evaluate(
			async ([count, runs]) =>
				(await import("/tests/bench/refresh.js")).refreshes(count, runs),
			[count, RUNS],
		);
		const clientMs = medianOf(runs, "clientMs");
		const floorMs = medianOf(runs, "floorMs");
		const profiles = `refresh of ${count.toLocaleString("en")} profiles`;
		figure(`${profiles}: answer in, document ready`, clientMs, "ms");
		figure("  JSON.parse both, JSON.stringify the result", floorMs, "ms");
		if (count >= 100)
			figure("  against that", clientMs / floorMs, "x", 2.5, 0.7);
		if (before)
			figure("  against a tenth of the profiles", clientMs / before, "x", 13);
		figure("  then WebCrypto seals it", medianOf(runs, "sealMs"), "ms");
		figure("  then IndexedDB commits it", medianOf(runs, "commitMs"), "ms");
		before = clientMs;
		await page.context().close();
	}
}

async function measureNotModified(page) {
	const { parses, puts, woken } = await page.evaluate(async () =>
		(await import("/tests/bench/refresh.js")).notModified(),
	);
	figure("refresh answered 304: JSON.parse calls", parses, "", 0);
	figure("  writes to IndexedDB", puts, "", 0);
	figure("  listeners woken", woken, "", 0);
}

const stack = bundleStack();
const server = await serve({ "/stack.js": stack });
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM_BINARY,
	args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
try {
	weigh();
	await measureStart(browser, server);
	await measureRefresh(() => fresh(browser, server));
	await measureNotModified(await fresh(browser, server));
	await measureEvents(() => fresh(browser, server), RUNS);
} finally {
	await browser.close();
	server.close();
	report();
}
