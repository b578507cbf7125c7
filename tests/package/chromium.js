// Folders served on loopback, and Chromium to open them in.

import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { chromium } from "@playwright/test";

const TYPES = {
	".css": "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".mjs": "text/javascript; charset=utf-8",
	".wasm": "application/wasm",
};

/** Serves `folder`. Resolves with `{ origin, requests, close }`; `requests` are the paths asked for. */
export function serve(folder, headers = {}) {
	const requests = [];
	const server = createServer(async (request, response) => {
		const { pathname } = new URL(request.url, "http://localhost");
		requests.push(pathname);
		try {
			const file = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
			const bytes = await readFile(join(folder, normalize(file)));
			const type = TYPES[extname(file)] ?? "application/octet-stream";
			response.writeHead(200, { "Content-Type": type, ...headers }).end(bytes);
		} catch {
			response.writeHead(404).end();
		}
	});
	return new Promise((resolve) => {
		server.listen(0, "127.0.0.1", () =>
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

/** Debian's Chromium: nothing is downloaded. */
export function launch() {
	const executablePath =
		process.env.CHROMIUM_BINARY ||
		execFileSync(
			"sh",
			["-c", "command -v chromium || command -v chromium-browser"],
			{ encoding: "utf8" },
		).trim();
	return chromium.launch({
		executablePath,
		args: ["--no-sandbox", "--disable-dev-shm-usage"],
	});
}

/** Opens `url` and resolves with what the page puts into `globalThis.outcome`; fails with what the page complained of. */
export async function outcome(browser, url) {
	const page = await browser.newPage();
	const complaints = [];
	page.on("pageerror", (error) => complaints.push(error.message));
	page.on("console", (message) => {
		if (message.type() === "error") complaints.push(message.text());
	});
	try {
		await page.goto(url);
		const handle = await page.waitForFunction(() => globalThis.outcome, null, {
			timeout: 15_000,
		});
		return await handle.jsonValue();
	} catch (error) {
		throw new Error([error.message, ...complaints].join("\n"));
	} finally {
		await page.close();
	}
}
