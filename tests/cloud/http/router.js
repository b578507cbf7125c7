import { Problem } from "./problem.js";

/**
 * @typedef {import("./exchange.js").Exchange} Exchange
 * @typedef {(exchange: Exchange) => void | Promise<void>} Handler
 */

/** Finds the handler of a method and a path. `:name` in a pattern matches one segment. */
export class Router {
	/** @type {{ method: string, pattern: RegExp, handler: Handler }[]} */
	#routes = [];

	/** @param {Record<string, Handler>} routes from "METHOD /path/:part" to what answers it */
	constructor(routes) {
		for (const [route, handler] of Object.entries(routes)) {
			const [method, path] = route.split(" ");
			const pattern = new RegExp(
				`^${path.replace(/\./g, "\\.").replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`,
			);
			this.#routes.push({ method, pattern, handler });
		}
	}

	/**
	 * Answers the exchange, or says that no route has its path.
	 * @param {Exchange} exchange
	 */
	async answer(exchange) {
		const allowed = [];
		for (const { method, pattern, handler } of this.#routes) {
			const match = pattern.exec(exchange.url.pathname);
			if (!match) continue;
			if (
				method === exchange.method ||
				(method === "GET" && exchange.method === "HEAD")
			) {
				exchange.params = decodeAll(match.groups ?? {});
				await handler(exchange);
				return true;
			}
			allowed.push(method);
		}
		if (allowed.length === 0) return false;
		throw new Problem(
			405,
			"method_not_allowed",
			`this path takes ${allowed.join(", ")}`,
			{ headers: { Allow: allowed.join(", ") } },
		);
	}
}

/** @param {Record<string, string>} groups */
function decodeAll(groups) {
	try {
		return Object.fromEntries(
			Object.entries(groups).map(([name, value]) => [
				name,
				decodeURIComponent(value),
			]),
		);
	} catch {
		throw new Problem(
			400,
			"invalid_request",
			"the path is not percent-encoded properly",
		);
	}
}
