// What capturing costs and what goes over the wire, beside the same job done the usual way.

import { figure, figureAtLeast, median, medianOf } from "./figures.js";

/** @param {() => Promise<import("playwright-core").Page>} open gives a page with nothing stored @param {number} runs */
export async function measureEvents(open, runs) {
	const once = async (name, argument) => {
		const page = await open();
		const result = await page.evaluate(
			async ([name, argument]) =>
				(await import("/tests/bench/events.js"))[name](argument),
			[name, argument],
		);
		await page.context().close();
		return result;
	};
	const often = async (name, argument) => {
		const results = [];
		for (let run = 0; run < runs; run += 1)
			results.push(await once(name, argument));
		return results;
	};

	const few = await often("captureCost", 10);
	const many = await often("captureCost", 10_000);
	const [fewUs, manyUs] = [medianOf(few, "meanUs"), medianOf(many, "meanUs")];
	figure("capture of an event, 10 queued", fewUs, "us");
	figure("  99th percentile", medianOf(few, "p99Us"), "us", 50);
	figure("capture of an event, 10,000 queued", manyUs, "us");
	figure("  99th percentile", medianOf(many, "p99Us"), "us", 50);
	figure("  against 10 queued", manyUs / fewUs, "x", 1.5);
	figure(
		"the usual way, 10 queued",
		medianOf(await often("usualCost", 10), "meanUs"),
		"us",
	);
	figure(
		"the usual way, 5,000 queued",
		(await once("usualCost", 5_000)).meanUs,
		"us",
	);

	const bursts = await often("burst");
	figureAtLeast(
		"captured in a second",
		medianOf(bursts, "captured"),
		"events",
		100_000,
	);
	figure("  waiting after it", medianOf(bursts, "queued"), "events");
	figure("  in bytes", medianOf(bursts, "bytes"), "bytes");
	const dropped = bursts.map(({ dropped }) => dropped.overflow ?? 0);
	figure("  dropped, the oldest first", median(dropped), "events");

	figure("requests for 1,000 events", await once("requests"), "", 12);
	figure("  the usual way", 1_000, "");
}
