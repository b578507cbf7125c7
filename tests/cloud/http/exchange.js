import { badRequest, Problem } from "./problem.js";

const JSON_LIMIT_BYTES = 1024 * 1024;
const UPLOAD_LIMIT_BYTES = 64 * 1024 * 1024;

/** One request and its answer. */
export class Exchange {
	/**
	 * @param {import("node:http").IncomingMessage} request
	 * @param {import("node:http").ServerResponse} response
	 * @param {URL} url
	 */
	constructor(request, response, url) {
		this.request = request;
		this.response = response;
		this.url = url;
		/** @type {Record<string, string>} the named parts of the route's pattern */
		this.params = {};
	}

	get method() {
		return this.request.method ?? "GET";
	}

	/** @param {string} name */
	header(name) {
		const value = this.request.headers[name.toLowerCase()];
		return Array.isArray(value) ? value.join(", ") : value;
	}

	/** @param {number} [limitBytes] */
	async bytes(limitBytes = JSON_LIMIT_BYTES) {
		const chunks = [];
		let size = 0;
		for await (const chunk of this.request) {
			size += chunk.length;
			if (size <= limitBytes) chunks.push(chunk);
		}
		if (size > limitBytes)
			throw new Problem(
				413,
				"too_large",
				`the body exceeds ${limitBytes} bytes`,
			);
		return Buffer.concat(chunks);
	}

	/** The body as a JSON object. */
	async jsonObject() {
		const type = this.header("content-type") ?? "";
		if (!/^application\/json\b/i.test(type))
			throw new Problem(415, "unsupported_media_type", "send application/json");
		const text = (await this.bytes()).toString("utf8");
		let value;
		try {
			value = JSON.parse(text);
		} catch {
			throw badRequest("the body is not JSON");
		}
		if (typeof value !== "object" || value === null || Array.isArray(value))
			throw badRequest("the body is not a JSON object");
		return value;
	}

	/** The body as multipart/form-data or as a urlencoded form. */
	async form() {
		const type = this.header("content-type") ?? "";
		const body = await this.bytes(UPLOAD_LIMIT_BYTES);
		try {
			return await new Response(body, {
				headers: { "Content-Type": type },
			}).formData();
		} catch {
			throw badRequest("the body is not a form");
		}
	}

	/**
	 * @param {number} status
	 * @param {unknown} value
	 * @param {Record<string, string>} [headers]
	 */
	json(status, value, headers = {}) {
		this.send(status, JSON.stringify(value), {
			"Content-Type": "application/json; charset=utf-8",
			...headers,
		});
	}

	/**
	 * @param {number} status
	 * @param {string} markup
	 * @param {Record<string, string>} [headers]
	 */
	html(status, markup, headers = {}) {
		this.send(status, markup, {
			"Content-Type": "text/html; charset=utf-8",
			"Cache-Control": "no-store",
			"Content-Security-Policy":
				"default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; img-src 'self' data: http:; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "no-referrer",
			...headers,
		});
	}

	/** @param {string} location */
	redirect(location) {
		this.send(303, "", { Location: location });
	}

	/**
	 * @param {number} status
	 * @param {string | Buffer} [body]
	 * @param {Record<string, string>} [headers]
	 */
	send(status, body = "", headers = {}) {
		const bytes = Buffer.from(body);
		this.response.statusCode = status;
		for (const [name, value] of Object.entries(headers))
			this.response.setHeader(name, value);
		if (status !== 204 && status !== 304)
			this.response.setHeader("Content-Length", bytes.length);
		this.response.end(
			this.method === "HEAD" || status === 204 || status === 304
				? undefined
				: bytes,
		);
	}

	/** @param {unknown} error */
	refuse(error) {
		if (!(error instanceof Problem)) throw error;
		this.json(error.status, error.body, error.headers);
	}
}
