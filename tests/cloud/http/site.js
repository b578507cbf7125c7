import { suffer } from "../control/faults.js";
import { answerPreflight, corsHeaders } from "./cors.js";
import { Exchange } from "./exchange.js";
import { isAllowedOrigin, isLoopbackHost } from "./loopback.js";
import { notFound, Problem } from "./problem.js";

/** Paths that pages of other origins call with more methods than the API's, and that faults spare. */
const CONTROL = /^\/(control|admin)\b/;

/** One origin of the cloud: what each request passes on its way to the routes. */
export class Site {
	#name;
	#log;
	#faults;
	#handle;

	/**
	 * @param {"api" | "auth" | "dashboard"} name
	 * @param {{ log: import("../control/log.js").ControlLog, faults: import("../control/faults.js").Faults }} parts
	 * @param {(exchange: Exchange) => Promise<boolean>} handle false where there is no such path
	 */
	constructor(name, { log, faults }, handle) {
		this.#name = name;
		this.#log = log;
		this.#faults = faults;
		this.#handle = handle;
	}

	/**
	 * @param {import("node:http").IncomingMessage} request
	 * @param {import("node:http").ServerResponse} response
	 */
	async answer(request, response) {
		if (!isLoopbackHost(request.headers.host)) {
			return void response
				.writeHead(421, { "Content-Type": "text/plain" })
				.end("This server answers to loopback names only.\n");
		}
		const target = `http://${request.headers.host}${request.url}`;
		if (!request.url?.startsWith("/") || !URL.canParse(target))
			return void response.writeHead(400).end();
		const exchange = new Exchange(request, response, new URL(target));
		const { pathname } = exchange.url;
		if (CONTROL.test(pathname)) return this.#work(exchange);

		const started = performance.now();
		const entry = this.#log.request({
			server: this.#name,
			method: exchange.method,
			path: pathname,
			origin: request.headers.origin,
		});
		response.once("close", () => {
			entry.durationMs = Math.round(performance.now() - started);
			if (response.writableFinished) entry.status = response.statusCode;
			else entry.outcome = "connection closed";
		});
		const fault = this.#faults.strike(exchange.method, pathname);
		if (!fault) return this.#work(exchange);
		entry.fault = fault.id;
		await suffer(fault, exchange, () => this.#work(exchange));
	}

	/** @param {Exchange} exchange */
	async #work(exchange) {
		const { pathname } = exchange.url;
		try {
			if (CONTROL.test(pathname)) openControl(exchange);
			else if (exchange.method === "OPTIONS" && pathname.startsWith("/api/"))
				return answerPreflight(exchange);
			if (exchange.response.writableEnded) return;
			if (!(await this.#handle(exchange))) throw notFound("this path");
		} catch (error) {
			if (exchange.url.pathname.startsWith("/api/"))
				for (const [name, value] of Object.entries(
					corsHeaders(exchange.request),
				))
					exchange.response.setHeader(name, value);
			exchange.refuse(error);
		}
	}
}

/**
 * Control and administration change things without a token, so pages of foreign sites are kept out; those of loopback may
 * read the answers.
 * @param {Exchange} exchange
 */
function openControl(exchange) {
	const origin = exchange.header("origin");
	if (origin !== undefined && !isAllowedOrigin(origin))
		throw new Problem(403, "forbidden", "not for pages of other sites");
	for (const [name, value] of Object.entries(corsHeaders(exchange.request)))
		exchange.response.setHeader(name, value);
	if (exchange.method !== "OPTIONS") return;
	exchange.send(204, "", {
		"Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
		"Access-Control-Allow-Headers": "Content-Type",
	});
}
