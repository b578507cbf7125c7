import { badRequest } from "../http/problem.js";

const DEFAULTS = {
	/** Lifetime of access tokens issued from now on. */
	accessTokenSeconds: 600,
	/** Whether DPoP proofs must carry a nonce of the server (RFC 9449, 8 and 9). */
	dpopNonceRequired: false,
	/** Cross-Origin-Opener-Policy of the sign-in pages; null sends none. */
	coop: /** @type {string | null} */ (null),
	/** The id of whoever signs in without being asked, in browsers in which nobody presses anything; null asks. */
	signsIn: /** @type {string | null} */ (null),
	/** Whether `POST /api/events/batch` exists; without it clients fall back to single events. */
	batchRoute: true,
};

/** What tests change about the cloud while it runs. */
export class ControlSettings {
	accessTokenSeconds = DEFAULTS.accessTokenSeconds;
	dpopNonceRequired = DEFAULTS.dpopNonceRequired;
	coop = DEFAULTS.coop;
	signsIn = DEFAULTS.signsIn;
	batchRoute = DEFAULTS.batchRoute;

	/** @param {Record<string, unknown>} changes */
	change(changes) {
		for (const [name, value] of Object.entries(changes)) {
			const valid = {
				accessTokenSeconds: () => Number.isInteger(value) && Number(value) > 0,
				dpopNonceRequired: () => typeof value === "boolean",
				coop: () =>
					value === null ||
					["same-origin", "same-origin-allow-popups", "unsafe-none"].includes(
						String(value),
					),
				signsIn: () => value === null || typeof value === "string",
				batchRoute: () => typeof value === "boolean",
			}[name];
			if (!valid) throw badRequest(`there is no setting ${name}`);
			if (!valid())
				throw badRequest(`${name} cannot be ${JSON.stringify(value)}`);
		}
		Object.assign(this, changes);
	}

	reset() {
		Object.assign(this, DEFAULTS);
	}
}
