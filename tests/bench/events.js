// Capturing and sending events, as the client does it and as it is usually done.

import * as z from "../node_modules/zod/index.js";
import { options } from "./cloud.js";

const BURST_MS = 1_000;
const CAPTURES = 2_000;
/** Between two captures that are timed, the queue gets to its own work now and then, as it does in a page. */
const CAPTURES_A_TASK = 100;

/** The median event of the reference's vectors by size, which is valid. */
async function medianEvent() {
	const answer = await fetch("/tests/reference/vectors/events.json");
	const bySize = (await answer.json())
		.filter(({ valid }) => valid)
		.map(({ event }) => ({ event, size: JSON.stringify(event).length }))
		.sort((a, b) => a.size - b.size);
	return bySize[Math.floor(bySize.length / 2)].event;
}

const nextTask = () =>
	new Promise((resolve) => {
		const { port1, port2 } = new MessageChannel();
		port1.onmessage = resolve;
		port2.postMessage(0);
	});

/** A client whose cloud answers to events with `answer(request body)`. */
async function client(answer) {
	const { CloudService } = await import("../../pkg/index.js");
	const others = options(() => new Response(null, { status: 503 }));
	return CloudService.createInstance({
		...others,
		telemetry: { maxQueueBytes: 16 * 1024 * 1024 },
		fetch: (url, init) =>
			new URL(url).pathname.startsWith("/api/events")
				? answer(init.body)
				: others.fetch(url, init),
	});
}

const never = () => new Promise(() => {});

const takesAll = (body) => {
	const { events } = JSON.parse(new TextDecoder().decode(body));
	return Response.json({ accepted: events.map(({ id }) => id), rejected: [] });
};

/** Has the browser compile what is measured as it does for code that runs often, and leaves an empty queue. */
async function warmUp(cloud, event) {
	for (let count = 0; count < 5_000; count += 1) {
		cloud.captureEvent(event);
		if (count % 500 === 499) await nextTask();
	}
	const { remaining } = await cloud.flush({ timeoutMs: 60_000 });
	if (remaining > 0) throw new Error(`${remaining} were not delivered`);
}

/** What single captures take, in microseconds, with so many events queued. */
async function timed(capture) {
	const times = [];
	for (let done = 0; done < CAPTURES; done += 1) {
		if (done % CAPTURES_A_TASK === 0) await nextTask();
		const startedAt = performance.now();
		capture();
		times.push((performance.now() - startedAt) * 1000);
	}
	times.sort((a, b) => a - b);
	const sum = times.reduce((total, time) => total + time);
	return {
		meanUs: sum / times.length,
		p99Us: times[Math.floor(times.length * 0.99)],
	};
}

/** Waits until all that was captured is stored. */
async function stored(cloud) {
	const giveUpAt = performance.now() + 30_000;
	while (cloud.queueStats().unstored > 0) {
		if (performance.now() > giveUpAt)
			throw new Error("the queue was never stored");
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}

export async function captureCost(queued) {
	const event = await medianEvent();
	let isWarm = false;
	const cloud = await client((body) => (isWarm ? never() : takesAll(body)));
	await warmUp(cloud, event);
	isWarm = true;
	for (let count = 0; count < queued; count += 1) {
		cloud.captureEvent(event);
		if (count % 1_000 === 999) await nextTask();
	}
	await stored(cloud);
	const cost = await timed(() => cloud.captureEvent(event));
	await stored(cloud);
	return { ...cost, dropped: cloud.queueStats().dropped };
}

/** As many captures as there are in a second. */
export async function burst() {
	const event = await medianEvent();
	let isWarm = false;
	const cloud = await client((body) => (isWarm ? never() : takesAll(body)));
	await warmUp(cloud, event);
	isWarm = true;
	let captured = 0;
	const endsAt = performance.now() + BURST_MS;
	while (performance.now() < endsAt) {
		for (let i = 0; i < 100; i += 1) cloud.captureEvent(event);
		captured += 100;
	}
	await stored(cloud);
	const { bytes, queued, dropped } = cloud.queueStats();
	return { captured, bytes, queued, dropped };
}

/** How many requests a thousand events take. */
export async function requests() {
	const event = await medianEvent();
	let asked = 0;
	const cloud = await client((body) => {
		asked += 1;
		return takesAll(body);
	});
	for (let count = 0; count < 1_000; count += 1) {
		cloud.captureEvent(event);
		if (count % 10 === 9) await nextTask();
	}
	const { remaining } = await cloud.flush({ timeoutMs: 30_000 });
	if (remaining > 0) throw new Error(`${remaining} were not delivered`);
	return asked;
}

// ------------------------------------------------------------------------------------------------------------- the usual way

const text = z.string();
const SCHEMA = z.object({
	type: z.enum(["Tool Used", "Task Message", "Task Created", "LLM Completion"]),
	properties: z.looseObject({
		appName: text,
		appVersion: text,
		vscodeVersion: text,
		platform: text,
		editorName: text,
		language: text,
		mode: text,
		hostname: text.optional(),
		taskId: text.optional(),
		apiProvider: text.optional(),
		modelId: text.optional(),
		isSubtask: z.boolean().optional(),
	}),
});
const KEY = "events";

/** Checks with zod, and rewrites a JSON array in localStorage. */
function captureTheUsualWay(event) {
	const queue = JSON.parse(localStorage.getItem(KEY) ?? "[]");
	queue.push({ ...SCHEMA.parse(event), id: crypto.randomUUID() });
	localStorage.setItem(KEY, JSON.stringify(queue));
}

export async function usualCost(queued) {
	const event = SCHEMA.parse(await medianEvent());
	const queue = Array.from({ length: queued }, () => ({
		...event,
		id: crypto.randomUUID(),
	}));
	localStorage.setItem(KEY, JSON.stringify(queue));
	const times = [];
	// At some milliseconds each, fewer will do.
	for (let done = 0; done < 50; done += 1) {
		const startedAt = performance.now();
		captureTheUsualWay(event);
		times.push((performance.now() - startedAt) * 1000);
	}
	localStorage.clear();
	return { meanUs: times.reduce((sum, time) => sum + time) / times.length };
}
