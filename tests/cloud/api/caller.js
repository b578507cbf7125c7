import { corsHeaders } from "../http/cors.js";

/**
 * @typedef {import("../http/exchange.js").Exchange} Exchange
 * @typedef {import("../auth/bearer.js").Caller} Caller
 * @typedef {(handler: (exchange: Exchange, caller: Caller) => void | Promise<void>) => import("../http/router.js").Handler} As
 */

/**
 * Makes handlers that answer only who shows a good token. Their answers may be read by other origins and are never cached.
 * @param {import("../auth/bearer.js").BearerGuard} guard
 * @returns {As}
 */
export function callersOf(guard) {
	return (handler) => async (exchange) => {
		exchange.response.setHeader("Cache-Control", "no-store");
		for (const [name, value] of Object.entries(corsHeaders(exchange.request)))
			exchange.response.setHeader(name, value);
		await handler(exchange, await guard.authenticate(exchange));
	};
}
