import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { notFound, Problem } from "../http/problem.js";

/** Streaming compilation wants exactly `application/wasm`. @type {Record<string, string>} */
const TYPES = {
	".css": "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".ico": "image/x-icon",
	".js": "text/javascript; charset=utf-8",
	".json": "application/json; charset=utf-8",
	".map": "application/json; charset=utf-8",
	".mjs": "text/javascript; charset=utf-8",
	".png": "image/png",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
	".wasm": "application/wasm",
	".webmanifest": "application/manifest+json",
	".woff2": "font/woff2",
};

/** What a dashboard needs and nothing else: no eval, no inline script; WebAssembly, and requests to loopback. */
const CONTENT_SECURITY_POLICY = [
	"default-src 'self'",
	"script-src 'self' 'wasm-unsafe-eval'",
	"style-src 'self' 'unsafe-inline'",
	"img-src 'self' data: http://127.0.0.1:* http://localhost:*",
	"connect-src 'self' http://127.0.0.1:* http://localhost:* http://*.localhost:*",
	"object-src 'none'",
	"base-uri 'none'",
	"frame-ancestors 'none'",
].join("; ");

/**
 * Serves a built single-page app. Paths that name no file get index.html, so that the app's own paths (such as the callback
 * of a sign-in) can be opened and reloaded.
 * @param {string} directory
 * @returns {import("../http/router.js").Handler}
 */
export function staticFiles(directory) {
	const root = normalize(directory);
	return async (exchange) => {
		if (exchange.method !== "GET" && exchange.method !== "HEAD")
			throw new Problem(405, "method_not_allowed", "files can only be read");
		const path = decodedPath(exchange.url.pathname);
		const wanted = join(root, path);
		if (
			wanted !== root &&
			!wanted.startsWith(root.endsWith(sep) ? root : root + sep)
		)
			throw notFound("this file");
		const file =
			(await fileAt(wanted)) ??
			(extname(path) === ""
				? await fileAt(join(root, "index.html"))
				: undefined);
		if (!file) throw notFound("this file");

		const bytes = await readFile(file);
		const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 27)}"`;
		const headers = {
			ETag: etag,
			"Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
			// The build puts a hash of the content into the names under assets/.
			"Cache-Control": path.startsWith("/assets/")
				? "max-age=31536000, immutable"
				: "no-cache",
			"Content-Security-Policy": CONTENT_SECURITY_POLICY,
			"X-Content-Type-Options": "nosniff",
		};
		if (exchange.header("if-none-match") === etag)
			exchange.send(304, "", headers);
		else exchange.send(200, bytes, headers);
	};
}

/** @param {string} path */
function decodedPath(path) {
	try {
		return normalize(decodeURIComponent(path));
	} catch {
		throw notFound("this file");
	}
}

/** The file at a path, or the index.html of the directory there. @param {string} path */
async function fileAt(path) {
	try {
		const found = await stat(path);
		if (found.isFile()) return path;
		return (await stat(join(path, "index.html"))).isFile()
			? join(path, "index.html")
			: undefined;
	} catch {
		return undefined;
	}
}
