// Serves a folder on loopback: serve.js FOLDER [PORT]

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const TYPES = {
	".css": "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".mjs": "text/javascript; charset=utf-8",
	".wasm": "application/wasm",
};

/** Serves `folder`, on a free port unless told one. Resolves with `{ origin, requests, close }`; `requests` are the paths asked for. */
export function serve(folder, port = 0) {
	const requests = [];
	const server = createServer(async (request, response) => {
		const { pathname } = new URL(request.url, "http://localhost");
		requests.push(pathname);
		try {
			const file = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
			const bytes = await readFile(join(folder, normalize(file)));
			const type = TYPES[extname(file)] ?? "application/octet-stream";
			response.writeHead(200, { "Content-Type": type }).end(bytes);
		} catch {
			response.writeHead(404).end();
		}
	});
	return new Promise((resolve) => {
		server.listen(port, "127.0.0.1", () =>
			resolve({
				origin: `http://127.0.0.1:${server.address().port}`,
				requests,
				close() {
					server.closeAllConnections();
					server.close();
				},
			}),
		);
	});
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const [, , folder, port = 0] = process.argv;
	const { origin } = await serve(folder, Number(port));
	console.log(`${folder}: ${origin}/`);
}
