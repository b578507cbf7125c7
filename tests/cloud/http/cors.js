import { isAllowedOrigin } from "./loopback.js";

const METHODS = "GET, POST, PATCH";
const REQUEST_HEADERS = "Authorization, Content-Type, If-None-Match, DPoP";
const EXPOSED = "ETag, Retry-After, Date, DPoP-Nonce, WWW-Authenticate";

/**
 * The headers that let a page of another origin read the API's answers. No cookies cross: the API knows bearers only.
 * @param {import("node:http").IncomingMessage} request
 * @returns {Record<string, string>}
 */
export function corsHeaders(request) {
	const origin = request.headers.origin;
	if (!isAllowedOrigin(origin)) return { Vary: "Origin" };
	return {
		"Access-Control-Allow-Origin": /** @type {string} */ (origin),
		"Access-Control-Expose-Headers": EXPOSED,
		Vary: "Origin",
	};
}

/**
 * The answer to a preflight.
 * @param {import("./exchange.js").Exchange} exchange
 */
export function answerPreflight(exchange) {
	exchange.send(204, "", {
		...corsHeaders(exchange.request),
		"Access-Control-Allow-Methods": METHODS,
		"Access-Control-Allow-Headers": REQUEST_HEADERS,
		"Access-Control-Max-Age": "600",
	});
}
