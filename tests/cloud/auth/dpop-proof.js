import { createHash, createHmac } from "node:crypto";
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from "jose";
import { Problem } from "../http/problem.js";

const WINDOW_SECONDS = 300;
const NONCE_SECONDS = 120;
const CHALLENGE = 'DPoP algs="ES256 EdDSA"';

/** Checks the proof that a sender-constrained token's sender holds its key (RFC 9449, 7). */
export class DpopProofs {
	/** @type {Map<string, number>} spent proofs, with the time in seconds until which they would have been good */
	#seen = new Map();
	#nonceSecret;
	#settings;
	#origin;

	/**
	 * @param {{ origin: string, nonceSecret: Buffer, settings: import("../control/settings.js").ControlSettings }} parts
	 *   origin: of the API, as clients address it
	 */
	constructor({ origin, nonceSecret, settings }) {
		this.#origin = origin;
		this.#nonceSecret = nonceSecret;
		this.#settings = settings;
	}

	/**
	 * @param {import("../http/exchange.js").Exchange} exchange
	 * @param {string} token
	 * @param {string} thumbprint of the key the token is bound to
	 */
	async check(exchange, token, thumbprint) {
		const nonce = this.#nonce(0);
		exchange.response.setHeader("DPoP-Nonce", nonce);
		const proof = exchange.header("dpop");
		if (!proof)
			throw refused("invalid_dpop_proof", "this token needs a DPoP proof");

		let jwt;
		try {
			jwt = await jwtVerify(proof, EmbeddedJWK, {
				typ: "dpop+jwt",
				algorithms: ["ES256", "EdDSA", "Ed25519"],
			});
		} catch {
			throw refused("invalid_dpop_proof", "the proof is not a signed DPoP JWT");
		}
		const { payload, protectedHeader } = jwt;
		const now = Math.floor(Date.now() / 1000);
		const target = URL.canParse(String(payload.htu))
			? new URL(String(payload.htu))
			: undefined;
		const faults = {
			"another method": payload.htm !== exchange.method,
			"another url":
				!target ||
				target.origin !== this.#origin ||
				target.pathname !== exchange.url.pathname,
			"another token":
				payload.ath !== createHash("sha256").update(token).digest("base64url"),
			"another key":
				(await calculateJwkThumbprint(
					/** @type {import("jose").JWK} */ (protectedHeader.jwk),
				)) !== thumbprint,
			"another time":
				typeof payload.iat !== "number" ||
				(!payload.nonce && Math.abs(now - payload.iat) > WINDOW_SECONDS),
			"no jti": typeof payload.jti !== "string" || payload.jti === "",
		};
		const fault = Object.entries(faults).find(([, present]) => present)?.[0];
		if (fault) throw refused("invalid_dpop_proof", `the proof is for ${fault}`);

		const nonceGood =
			payload.nonce === nonce || payload.nonce === this.#nonce(-1);
		if (payload.nonce ? !nonceGood : this.#settings.dpopNonceRequired)
			throw refused("use_dpop_nonce", "use the nonce of this answer");
		this.#spend(String(payload.jti), now);
	}

	/** @param {string} jti @param {number} now */
	#spend(jti, now) {
		for (const [old, until] of this.#seen)
			if (until < now) this.#seen.delete(old);
		if (this.#seen.has(jti))
			throw refused("invalid_dpop_proof", "the proof was used before");
		this.#seen.set(jti, now + 2 * WINDOW_SECONDS);
	}

	/** @param {number} step 0 for the present nonce, -1 for the one before */
	#nonce(step) {
		const period = Math.floor(Date.now() / 1000 / NONCE_SECONDS) + step;
		return createHmac("sha256", this.#nonceSecret)
			.update(`api ${period}`)
			.digest("base64url");
	}
}

/** @param {string} error @param {string} message */
function refused(error, message) {
	return new Problem(401, error, message, {
		headers: {
			"WWW-Authenticate": `${CHALLENGE}, error="${error}", error_description="${message}"`,
		},
	});
}
