import { createHash, randomBytes } from "node:crypto";
import { CLIENT_ID } from "./auth/clients.js";

export const REDIRECT_URI = "http://127.0.0.1:5173/callback";

/** A browser without pages: it keeps cookies and follows the redirects of a sign-in by hand. For the cloud's own tests. */
export class FetchClient {
	/** @type {Map<string, string>} */
	#cookies = new Map();

	/** @param {{ apiUrl: string, issuer: string }} cloud */
	constructor({ apiUrl, issuer }) {
		this.apiUrl = apiUrl;
		this.issuer = issuer;
	}

	/** @param {string} url @param {RequestInit} [init] */
	async visit(url, init = {}) {
		const cookie = [...this.#cookies]
			.map(([name, value]) => `${name}=${value}`)
			.join("; ");
		const answer = await fetch(url, {
			redirect: "manual",
			...init,
			headers: { ...init.headers, cookie },
		});
		for (const line of answer.headers.getSetCookie()) {
			const [name, value] = /^([^=]+)=([^;]*)/.exec(line)?.slice(1) ?? [];
			if (value) this.#cookies.set(name, value);
			else this.#cookies.delete(name);
		}
		return answer;
	}

	/**
	 * Goes from an authorization request to the redirect back to the client.
	 * @param {string} url
	 * @param {Record<string, string>} choice what is pressed on the sign-in page, should it come
	 * @returns {Promise<URL>}
	 */
	async authorize(url, choice) {
		for (let hops = 0; hops < 10; hops++) {
			const answer = await this.visit(url);
			const location = answer.headers.get("location");
			if (!location)
				throw new Error(
					`${new URL(url).pathname} answered ${answer.status}: ${await answer.text()}`,
				);
			const next = new URL(location, url);
			if (next.origin !== this.issuer) return next;
			if (next.pathname.startsWith("/interaction/")) {
				const body = new URLSearchParams(choice);
				await this.visit(next.href);
				const pressed = await this.visit(next.href, { method: "POST", body });
				url = new URL(pressed.headers.get("location") ?? "", next).href;
			} else url = next.href;
		}
		throw new Error("the sign-in goes round in circles");
	}

	/**
	 * Signs in with authorization code and PKCE.
	 * @param {string} personId
	 * @param {Record<string, string>} [parameters] of the authorization request
	 */
	async signIn(personId, parameters = {}) {
		const verifier = randomBytes(32).toString("base64url");
		const callback = await this.authorize(
			this.authorizationUrl(verifier, parameters),
			{ person: personId },
		);
		const code = callback.searchParams.get("code");
		if (!code)
			throw new Error(
				`the sign-in ended with ${callback.searchParams.get("error")}`,
			);
		const answer = await this.token({
			grant_type: "authorization_code",
			code,
			redirect_uri: REDIRECT_URI,
			code_verifier: verifier,
		});
		return { callback, tokens: await answer.json() };
	}

	/** @param {string} verifier @param {Record<string, string>} [parameters] */
	authorizationUrl(verifier, parameters = {}) {
		const query = new URLSearchParams({
			client_id: CLIENT_ID,
			response_type: "code",
			redirect_uri: REDIRECT_URI,
			scope: "openid profile email",
			state: "a-state",
			nonce: "a-nonce",
			code_challenge: createHash("sha256").update(verifier).digest("base64url"),
			code_challenge_method: "S256",
			...parameters,
		});
		return `${this.issuer}/oauth/authorize?${query}`;
	}

	/** @param {Record<string, string>} form @param {Record<string, string>} [headers] */
	token(form, headers = {}) {
		return fetch(`${this.issuer}/oauth/token`, {
			method: "POST",
			body: new URLSearchParams({ client_id: CLIENT_ID, ...form }),
			headers,
		});
	}

	/** @param {string} refreshToken @param {Record<string, string>} [more] */
	refresh(refreshToken, more = {}) {
		return this.token({
			grant_type: "refresh_token",
			refresh_token: refreshToken,
			...more,
		});
	}

	/** @param {string} path @param {string} token @param {RequestInit & { json?: unknown }} [init] */
	api(path, token, { json, ...init } = {}) {
		const body = json === undefined ? init.body : JSON.stringify(json);
		const headers = {
			...(json === undefined ? {} : { "Content-Type": "application/json" }),
			Authorization: `Bearer ${token}`,
			...init.headers,
		};
		return fetch(this.apiUrl + path, { ...init, body, headers });
	}

	/** @param {string} path @param {unknown} [json] @param {string} [method] */
	control(path, json, method = json === undefined ? "GET" : "POST") {
		const body = json === undefined ? undefined : JSON.stringify(json);
		return fetch(`${this.apiUrl}/control/${path}`, {
			method,
			body,
			headers: body ? { "Content-Type": "application/json" } : {},
		});
	}

	/** A session by the control endpoint. @param {string} personId @param {string | null} [organizationId] */
	async session(personId, organizationId) {
		const answer = await this.control("sessions", { personId, organizationId });
		return /** @type {{ access_token: string, refresh_token: string }} */ (
			await answer.json()
		);
	}
}
