import { importJWK, jwtVerify, SignJWT } from "jose";

/**
 * Session tokens that are JWTs, as the ticket sign-in and CI's static tokens are: `r.u` is the person, `r.o` the organization.
 */
export class SessionTokens {
	#issuer;
	#key;

	/** @param {string} issuer @param {import("jose").JWK} key */
	constructor(issuer, key) {
		this.#issuer = issuer;
		this.#key = key;
	}

	/**
	 * @param {string} personId
	 * @param {string | null} organizationId
	 * @param {number} lifetimeSeconds
	 */
	async issue(personId, organizationId, lifetimeSeconds) {
		return new SignJWT({
			r: {
				u: personId,
				...(organizationId ? { o: organizationId } : {}),
				t: "cj",
			},
			v: 1,
		})
			.setProtectedHeader({ alg: "ES256", typ: "JWT", kid: this.#key.kid })
			.setIssuer(this.#issuer)
			.setSubject(personId)
			.setIssuedAt()
			.setExpirationTime(Math.floor(Date.now() / 1000) + lifetimeSeconds)
			.sign(await importJWK(this.#key, "ES256"));
	}

	/**
	 * @param {string} token
	 * @returns {Promise<{ personId: string, organizationId: string | null } | undefined>} undefined where it is not good (any more)
	 */
	async verify(token) {
		const { d: _, ...publicKey } = this.#key;
		try {
			const { payload } = await jwtVerify(
				token,
				await importJWK(publicKey, "ES256"),
				{ issuer: this.#issuer, typ: "JWT" },
			);
			const subject = /** @type {{ u: string, o?: string }} */ (payload.r);
			return { personId: subject.u, organizationId: subject.o ?? null };
		} catch {
			return undefined;
		}
	}
}
