import { createHash } from "node:crypto";

/**
 * @param {{ store: import("./settings-store.js").SettingsStore, as: import("./caller.js").As }} parts
 * @returns {Record<string, import("../http/router.js").Handler>}
 */
export function settingsRoutes({ store, as }) {
	return {
		"GET /api/extension-settings": as((exchange, caller) => {
			const body = JSON.stringify({
				organization: store.ownerSettings(caller.ownerId),
				user: store.userSettings(caller.personId),
			});
			const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
			const headers = {
				ETag: etag,
				"Content-Type": "application/json; charset=utf-8",
			};
			if (namesTag(exchange.header("if-none-match"), etag))
				exchange.send(304, "", headers);
			else exchange.send(200, body, headers);
		}),

		"PATCH /api/user-settings": as(async (exchange, caller) => {
			const { settings, version } = await exchange.jsonObject();
			exchange.json(
				200,
				store.patchUserSettings(caller.personId, settings, version),
			);
		}),
	};
}

/**
 * RFC 9110, 13.1.2: `*`, or a list of tags compared weakly.
 * @param {string | undefined} header
 * @param {string} etag
 */
function namesTag(header, etag) {
	return (
		header
			?.split(",")
			.some(
				(tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag,
			) ?? false
	);
}
