import { Problem } from "../http/problem.js";

/** @typedef {{ personId: string, organizationId: string | null, ownerId: string }} Caller who calls, and on whose behalf */

/** Turns the Authorization header into a caller, or into a 401 that says what is wrong (RFC 6750, 3). */
export class BearerGuard {
	#provider;
	#directory;
	#sessionTokens;
	#dpopProofs;

	/**
	 * @param {{
	 *   provider: import("oidc-provider").Provider,
	 *   directory: import("../directory.js").Directory,
	 *   sessionTokens: import("./session-token.js").SessionTokens,
	 *   dpopProofs: import("./dpop-proof.js").DpopProofs,
	 * }} parts
	 */
	constructor({ provider, directory, sessionTokens, dpopProofs }) {
		this.#provider = provider;
		this.#directory = directory;
		this.#sessionTokens = sessionTokens;
		this.#dpopProofs = dpopProofs;
	}

	/**
	 * @param {import("../http/exchange.js").Exchange} exchange
	 * @returns {Promise<Caller>}
	 */
	async authenticate(exchange) {
		const [, scheme, token] =
			/^(Bearer|DPoP) ([\w.~+/-]+=*)$/i.exec(
				exchange.header("authorization") ?? "",
			) ?? [];
		if (!token)
			throw new Problem(401, "unauthorized", "a session token is needed", {
				headers: { "WWW-Authenticate": 'Bearer realm="roo-cloud"' },
			});

		const session = token.includes(".")
			? await this.#sessionToken(scheme, token)
			: await this.#accessToken(exchange, scheme, token);
		const { personId, organizationId } = session;
		if (!this.#directory.person(personId))
			throw invalidToken("the person is gone");
		if (
			organizationId &&
			!this.#directory.membership(personId, organizationId)
		) {
			throw new Problem(
				403,
				"forbidden",
				"no longer a member of this organization",
			);
		}
		return { personId, organizationId, ownerId: organizationId ?? personId };
	}

	/** @param {string} scheme @param {string} token */
	async #sessionToken(scheme, token) {
		const session =
			scheme.toLowerCase() === "bearer"
				? await this.#sessionTokens.verify(token)
				: undefined;
		if (!session)
			throw invalidToken("the session token is not good or has expired");
		return session;
	}

	/** @param {import("../http/exchange.js").Exchange} exchange @param {string} scheme @param {string} token */
	async #accessToken(exchange, scheme, token) {
		const found = /** @type {any} */ (
			await this.#provider.AccessToken.find(token)
		);
		// A revoked grant takes its access tokens with it, also those that a refresh under way saved afterwards.
		if (!found || !(await this.#provider.Grant.find(found.grantId)))
			throw invalidToken("the access token is not good or has expired");
		const wanted = found.jkt ? "dpop" : "bearer";
		if (scheme.toLowerCase() !== wanted)
			throw invalidToken(
				found.jkt
					? "the access token is bound to a DPoP key"
					: "the access token is not bound to a key",
			);
		if (found.jkt) await this.#dpopProofs.check(exchange, token, found.jkt);
		return {
			personId: found.accountId,
			organizationId: found.extra?.org_id ?? null,
		};
	}
}

/** @param {string} message */
function invalidToken(message) {
	const challenge = `Bearer realm="roo-cloud", error="invalid_token", error_description="${message}"`;
	return new Problem(401, "invalid_token", message, {
		headers: { "WWW-Authenticate": challenge },
	});
}
