import { randomBytes } from "node:crypto";
import { revokeEverything } from "../auth/adapter.js";

/**
 * @param {{
 *   apiUrl: string,
 *   database: import("../database.js").SqliteDatabase,
 *   directory: import("../directory.js").Directory,
 *   log: import("../control/log.js").ControlLog,
 *   as: import("./caller.js").As,
 * }} parts
 * @returns {Record<string, import("../http/router.js").Handler>}
 */
export function meRoutes({ apiUrl, database, directory, log, as }) {
	return {
		"GET /api/me": as((exchange, caller) => {
			const { id, name, email } =
				/** @type {import("../directory.js").Person} */ (
					directory.person(caller.personId)
				);
			const organizations = directory
				.memberships(id)
				.map(({ organization, ...membership }) => ({
					...membership,
					organization: {
						...organization,
						imageUrl: pictureUrl(apiUrl, organization.id),
					},
				}));
			exchange.json(200, {
				user: { id, name, email, picture: pictureUrl(apiUrl, id) },
				organizations,
			});
		}),

		"POST /api/me/revoke-all": as((exchange, caller) => {
			const revoked = revokeEverything(database, caller.personId);
			log.token({ outcome: "all-grants-revoked", personId: caller.personId });
			exchange.json(200, { revoked });
		}),

		// The address a live channel would have; nothing listens there yet.
		"GET /api/extension/bridge/config": as((exchange, caller) => {
			const socketBridgeUrl = `${apiUrl.replace(/^http/, "ws")}/bridge`;
			exchange.json(200, {
				userId: caller.personId,
				socketBridgeUrl,
				token: randomBytes(24).toString("base64url"),
			});
		}),
	};
}

/** @param {string} apiUrl @param {string} id */
export function pictureUrl(apiUrl, id) {
	return `${apiUrl}/pictures/${id}.svg`;
}
