import { createServer } from "node:http";

/** @typedef {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => Promise<void>} Answer */

/**
 * One port of the cloud. It is taken before there is anything to answer with, because urls hold ports; requests wait until then.
 * @typedef {{ port: number, serve: (answer: Answer) => void, close: () => Promise<void> }} Listener
 */

/**
 * Takes all the ports, or none.
 * @param {(number | undefined)[]} ports 0 and undefined take a free one
 * @returns {Promise<Listener[]>}
 */
export async function listenAll(ports) {
	const outcomes = await Promise.allSettled(
		ports.map((port) => listen(port ?? 0)),
	);
	const listeners = outcomes.flatMap((outcome) =>
		outcome.status === "fulfilled" ? [outcome.value] : [],
	);
	const failure = outcomes.find((outcome) => outcome.status === "rejected");
	if (!failure) return listeners;
	await Promise.all(listeners.map((listener) => listener.close()));
	throw failure.reason;
}

/** @param {number} port @returns {Promise<Listener>} */
async function listen(port) {
	/** @type {(answer: Answer) => void} */
	let serve = () => {};
	/** @type {Promise<Answer>} */
	const answer = new Promise((resolve) => {
		serve = resolve;
	});
	const server = createServer((request, response) => {
		answer
			.then((answers) => answers(request, response))
			.catch((/** @type {any} */ error) => {
				console.error(
					`${request.method} ${request.url?.split("?")[0]}: ${error.stack ?? error}`,
				);
				if (response.headersSent) response.destroy();
				else
					response
						.writeHead(500, { "Content-Type": "application/json" })
						.end('{"error":"internal"}');
			});
	});
	server.keepAliveTimeout = 30_000;
	await new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen(port, "127.0.0.1", () => resolve(undefined));
	});
	const address = /** @type {import("node:net").AddressInfo} */ (
		server.address()
	);
	return {
		port: address.port,
		serve,
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve(undefined));
				server.closeAllConnections();
			}),
	};
}
