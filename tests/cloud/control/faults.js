import { setTimeout as sleep } from "node:timers/promises";
import { captureAnswer } from "../http/captured-answer.js";
import { corsHeaders } from "../http/cors.js";
import { badRequest } from "../http/problem.js";

/**
 * One thing that goes wrong. `route` is a path; `*` in it stands for anything.
 * @typedef {object} Fault
 * @property {number} id
 * @property {string} route
 * @property {string} [method] any but OPTIONS where absent, so that preflights pass
 * @property {number} [count] how often it strikes; without it, until it is removed
 * @property {number} [latencyMs] wait before the work
 * @property {number} [answerLatencyMs] do the work, wait, then answer
 * @property {number} [status] answer this instead of doing the work
 * @property {unknown} [body] with `status` (200 where absent): a string as it is, anything else as JSON
 * @property {Record<string, string | null>} [headers] set on the answer; null takes a header away
 * @property {number | string} [retryAfter] the Retry-After header; alone it makes the answer a 429
 * @property {boolean} [cors] false: the invented answer has no CORS headers, so that a page cannot read it
 * @property {boolean} [drop] close the connection without doing the work
 * @property {boolean} [loseAnswer] do the work, then close the connection
 * @property {number} [cut] do the work, send this many bytes of the answer, then close the connection
 * @property {boolean} [malformed] do the work, send the first half of the answer as though it were all
 */

/** @type {Record<string, (value: any) => boolean>} */
const FIELDS = {
	route: (value) => typeof value === "string" && value.startsWith("/"),
	method: (value) => typeof value === "string",
	count: (value) => Number.isInteger(value) && value > 0,
	latencyMs: (value) => Number.isFinite(value) && value >= 0,
	answerLatencyMs: (value) => Number.isFinite(value) && value >= 0,
	status: (value) => Number.isInteger(value) && value >= 200 && value <= 599,
	body: () => true,
	headers: (value) => typeof value === "object" && value !== null,
	retryAfter: (value) => typeof value === "string" || typeof value === "number",
	cors: (value) => typeof value === "boolean",
	drop: (value) => typeof value === "boolean",
	loseAnswer: (value) => typeof value === "boolean",
	cut: (value) => Number.isInteger(value) && value >= 0,
	malformed: (value) => typeof value === "boolean",
};

/** The faults in force. */
export class Faults {
	/** @type {(Fault & { pattern: RegExp, left: number })[]} */
	#faults = [];
	#lastId = 0;

	/** @param {Record<string, unknown>} specification @returns {Fault} */
	add(specification) {
		for (const [name, value] of Object.entries(specification)) {
			if (!Object.hasOwn(FIELDS, name))
				throw badRequest(`a fault has no ${name}`);
			if (!FIELDS[name](value))
				throw badRequest(
					`a fault's ${name} cannot be ${JSON.stringify(value)}`,
				);
		}
		if (specification.route === undefined)
			throw badRequest("a fault needs a route");
		const fault = /** @type {Fault} */ ({
			...specification,
			id: ++this.#lastId,
		});
		const pattern = new RegExp(
			`^${fault.route.split("*").map(escapeRegExp).join(".*")}$`,
		);
		this.#faults.push({ ...fault, pattern, left: fault.count ?? Infinity });
		return fault;
	}

	list() {
		return this.#faults.map(({ pattern: _, left, ...fault }) => ({
			...fault,
			...(left === Infinity ? {} : { left }),
		}));
	}

	clear() {
		this.#faults = [];
	}

	/**
	 * The first fault that fits, counted as having struck.
	 * @param {string} method
	 * @param {string} path
	 * @returns {Fault | undefined}
	 */
	strike(method, path) {
		const fits = (/** @type {Fault & { pattern: RegExp }} */ fault) =>
			fault.pattern.test(path) &&
			(fault.method
				? fault.method.toUpperCase() === method
				: method !== "OPTIONS");
		const fault = this.#faults.find(fits);
		if (fault && --fault.left <= 0)
			this.#faults = this.#faults.filter((other) => other !== fault);
		return fault;
	}
}

/**
 * Answers the exchange as the fault says.
 * @param {Fault} fault
 * @param {import("../http/exchange.js").Exchange} exchange
 * @param {() => Promise<void>} work what would have answered
 */
export async function suffer(fault, exchange, work) {
	const { request, response } = exchange;
	if (fault.latencyMs) await wait(fault.latencyMs);
	if (response.destroyed) return;
	if (fault.drop) return void response.destroy();

	const invented =
		fault.status !== undefined ||
		fault.body !== undefined ||
		fault.retryAfter !== undefined;
	if (invented) {
		request.resume();
		const text =
			fault.body === undefined
				? ""
				: typeof fault.body === "string"
					? fault.body
					: JSON.stringify(fault.body);
		if (text && typeof fault.body !== "string")
			response.setHeader("Content-Type", "application/json");
		if (fault.cors !== false)
			for (const [name, value] of Object.entries(corsHeaders(request)))
				response.setHeader(name, value);
		if (fault.retryAfter !== undefined)
			response.setHeader("Retry-After", String(fault.retryAfter));
		changeHeaders(response, fault.headers);
		return exchange.send(
			fault.status ?? (fault.body === undefined ? 429 : 200),
			text,
		);
	}

	const spoils =
		fault.loseAnswer ||
		fault.cut !== undefined ||
		fault.malformed ||
		fault.answerLatencyMs ||
		fault.headers;
	if (!spoils) return work();
	const answer = await captureAnswer(response, work);
	if (fault.answerLatencyMs) await wait(fault.answerLatencyMs);
	if (fault.loseAnswer) return void response.destroy();
	changeHeaders(response, fault.headers);
	if (fault.cut !== undefined) {
		response.setHeader("Content-Length", answer.length);
		response.write(answer.subarray(0, fault.cut), () => response.destroy());
		return;
	}
	exchange.send(
		response.statusCode,
		fault.malformed
			? answer.subarray(0, Math.floor(answer.length / 2))
			: answer,
	);
}

/** Waits without keeping a cloud alive that was closed. @param {number} ms */
function wait(ms) {
	return sleep(ms, undefined, { ref: false });
}

/** @param {import("node:http").ServerResponse} response @param {Fault["headers"]} headers */
function changeHeaders(response, headers = {}) {
	for (const [name, value] of Object.entries(headers)) {
		if (value === null) response.removeHeader(name);
		else response.setHeader(name, value);
	}
}

/** @param {string} text */
function escapeRegExp(text) {
	return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
