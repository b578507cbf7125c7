import { createServer } from "node:http";

/**
 * One port of the cloud.
 * @param {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => Promise<void>} answer
 * @param {number} port 0 takes a free one
 */
export async function listen(answer, port) {
	const server = createServer((request, response) => {
		answer(request, response).catch((error) => {
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
	const address = server.address();
	return {
		port: typeof address === "object" && address ? address.port : port,
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve(undefined));
				server.closeAllConnections();
			}),
	};
}
