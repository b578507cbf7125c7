import { randomUUID } from "node:crypto";
import { inTransaction } from "../database.js";
import { badRequest, forbidden, notFound } from "../http/problem.js";
import { isMessage } from "./tasks-store.js";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * @param {{
 *   database: import("../database.js").SqliteDatabase,
 *   feed: import("../feed.js").Feed,
 *   settings: import("../control/settings.js").ControlSettings,
 *   tasks: import("./tasks-store.js").TaskStore,
 *   usage: import("./usage.js").UsageStore,
 *   as: import("./caller.js").As,
 * }} parts
 * @returns {Record<string, import("../http/router.js").Handler>}
 */
export function eventRoutes({ database, feed, settings, tasks, usage, as }) {
	const insert = database.prepare(
		`INSERT OR IGNORE INTO events (id, person_id, organization_id, type, properties, happened_at, received_at, route)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
	);

	/**
	 * Keeps an event once by its id; a repeated one has no effect a second time either.
	 * @param {import("../auth/bearer.js").Caller} caller
	 * @param {{ id: string, type: string, properties: any, timestamp?: number }} event
	 * @param {"single" | "batch"} route
	 */
	const keep = (caller, { id, type, properties, timestamp }, route) => {
		const { personId, organizationId } = caller;
		const row = [
			id,
			personId,
			organizationId ?? "",
			type,
			JSON.stringify(properties),
			timestamp ?? null,
			Date.now(),
			route,
		];
		if (insert.run(...row).changes === 0) return;
		if (type === "Task Message")
			tasks.record(caller, properties.taskId, [properties.message]);
		if (type === "Task Created") usage.add(caller, { tasks: 1 });
		if (type === "LLM Completion")
			usage.add(caller, {
				tokens: properties.inputTokens + properties.outputTokens,
				cost: properties.cost ?? 0,
			});
	};

	const refusalOf = (
		/** @type {import("../auth/bearer.js").Caller} */ caller,
		/** @type {any} */ event,
	) =>
		event.type === "Task Message" &&
		tasks.isSomeoneElses(caller, event.properties.taskId)
			? "this task is someone else's"
			: undefined;

	return {
		"POST /api/events": as(async (exchange, caller) => {
			const event = await exchange.jsonObject();
			const fault = faultOf(event) ?? refusalOf(caller, event);
			if (fault) throw badRequest(fault);
			inTransaction(database, () =>
				keep(caller, { ...event, id: randomUUID() }, "single"),
			);
			feed.changed("events");
			exchange.json(200, { success: true });
		}),

		"POST /api/events/batch": as(async (exchange, caller) => {
			if (!settings.batchRoute) throw notFound("this route");
			const { events } = await exchange.jsonObject();
			if (!Array.isArray(events)) throw badRequest("events must be an array");
			/** @type {string[]} */
			const accepted = [];
			/** @type {{ id: unknown, reason: string }[]} */
			const rejected = [];
			inTransaction(database, () => {
				for (const event of events) {
					const fault = UUID.test(event?.id)
						? (faultOf(event) ?? refusalOf(caller, event))
						: "id must be a UUID";
					if (fault) rejected.push({ id: event?.id ?? null, reason: fault });
					else {
						keep(caller, event, "batch");
						accepted.push(event.id);
					}
				}
			});
			feed.changed("events");
			exchange.json(200, { accepted, rejected });
		}),

		"POST /api/events/backfill": as(async (exchange, caller) => {
			const form = await exchange.form();
			const taskId = form.get("taskId");
			const file = form.get("file");
			if (typeof taskId !== "string" || taskId === "")
				throw badRequest("taskId is missing");
			if (!(file instanceof Blob)) throw badRequest("file is missing");
			if (file.name !== "task.json" || !/^application\/json\b/.test(file.type))
				throw badRequest("file must be task.json of application/json");
			parsed(form.get("properties"), "properties");
			const messages = parsed(await file.text(), "file");
			if (!Array.isArray(messages) || !messages.every(isMessage))
				throw badRequest("file must hold an array of messages");
			if (tasks.isSomeoneElses(caller, taskId))
				throw forbidden("this task is someone else's");
			inTransaction(database, () => tasks.record(caller, taskId, messages));
			exchange.json(200, { success: true });
		}),
	};
}

/** What is wrong with an event, if anything is. @param {any} event */
function faultOf(event) {
	if (typeof event.type !== "string" || event.type === "")
		return "type must be a string";
	const { properties } = event;
	if (
		typeof properties !== "object" ||
		properties === null ||
		Array.isArray(properties)
	)
		return "properties must be an object";
	if (event.timestamp !== undefined && !Number.isFinite(event.timestamp))
		return "timestamp must be a number";
	if (
		event.type === "Task Message" &&
		(typeof properties.taskId !== "string" || !isMessage(properties.message))
	) {
		return "a Task Message needs taskId and message";
	}
	if (
		event.type === "LLM Completion" &&
		!(
			Number.isFinite(properties.inputTokens) &&
			Number.isFinite(properties.outputTokens)
		)
	) {
		return "an LLM Completion needs inputTokens and outputTokens";
	}
	return undefined;
}

/** @param {unknown} text @param {string} name */
function parsed(text, name) {
	try {
		return JSON.parse(/** @type {string} */ (text));
	} catch {
		throw badRequest(`${name} is not JSON`);
	}
}
