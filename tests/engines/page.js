// A page that does what the test says: it asks for a command, does it, answers, and asks again.

import { CloudService } from "../../pkg/index.js";

const tab = new URLSearchParams(location.search).get("tab");
const load = crypto.randomUUID();

/** @param {string} what @param {unknown} body */
const post = (what, body) =>
	fetch(`/remote/${what}?tab=${tab}`, {
		method: "POST",
		body: JSON.stringify(body),
	});

/** What stands beside the ids of `captured`: how many of them are in memory only. */
const told = (captured) => ({
	captured,
	unstored: CloudService.instance.queueStats().unstored,
});

/** What the cloud wants of every event. */
const COMMON_PROPERTIES = {
	appName: "roo-cloud-web",
	appVersion: "1.0.0",
	vscodeVersion: "1.103.1",
	platform: "linux",
	editorName: "Visual Studio Code",
	language: "en",
	mode: "code",
};

const COMMANDS = {
	/** Makes the client. */
	async create({ telemetry, ...options }) {
		await CloudService.createInstance({
			...options,
			telemetry: { ...telemetry, properties: () => COMMON_PROPERTIES },
		});
	},
	/** Captures so many events of that task, at once; gives their ids. */
	capture({ taskId, count }) {
		return Array.from({ length: count }, () =>
			CloudService.instance.captureEvent({
				type: "Tool Used",
				properties: { taskId, tool: "read_file" },
			}),
		);
	},
	/** Captures `each` events again and again, and tells their ids and how many are in memory only, until the page is gone. */
	async captureOnAndOn({ taskId, each }) {
		for (;;) {
			const captured = COMMANDS.capture({ taskId, count: each });
			await post("note", told(captured));
		}
	},
	/** Captures one event, and gives how long it took until it was stored, in milliseconds. */
	async timeToStore({ taskId }) {
		const startedAt = performance.now();
		COMMANDS.capture({ taskId, count: 1 });
		const { port1, port2 } = new MessageChannel();
		while (CloudService.instance.queueStats().unstored > 0)
			await new Promise((resolve) => {
				port1.onmessage = resolve;
				port2.postMessage(0);
			});
		return performance.now() - startedAt;
	},
	stats: () => CloudService.instance.queueStats(),
	capabilities: () => CloudService.instance.capabilities(),
	flush: (options) => CloudService.instance.flush(options),
	leave() {
		location.href = "about:blank";
	},
};

for (;;) {
	const answer = await post("next", { load });
	const text = await answer.text();
	if (!text) break;
	const { id, name, argument } = JSON.parse(text);
	try {
		await post("answer", {
			id,
			value: (await COMMANDS[name](argument)) ?? null,
		});
	} catch (error) {
		await post("answer", { id, error: String(error) });
	}
}
