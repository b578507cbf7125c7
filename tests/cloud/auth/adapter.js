import { errors } from "./quiet-import.js";

/** What a revoked grant takes with it. */
const GRANTABLE = ["AccessToken", "AuthorizationCode", "RefreshToken"];

const nowSeconds = () => Math.floor(Date.now() / 1000);

/**
 * Where oidc-provider keeps its sessions, grants, codes and tokens.
 * @param {import("../database.js").SqliteDatabase} database
 * @param {(grantId: string) => void} onReuse told when a refresh token is spent twice at once
 * @returns {(model: string) => import("oidc-provider").Adapter}
 */
export function sqliteAdapter(database, onReuse) {
	const statements = {
		upsert: database.prepare(
			`INSERT INTO oidc_artifacts (model, id, payload, grant_id, account_id, uid, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id,
         account_id = excluded.account_id, uid = excluded.uid, expires_at = excluded.expires_at`,
		),
		find: database.prepare(
			"SELECT payload, consumed FROM oidc_artifacts WHERE model = ? AND id = ? AND (expires_at IS NULL OR expires_at > ?)",
		),
		findByUid: database.prepare(
			"SELECT payload, consumed FROM oidc_artifacts WHERE model = ? AND uid = ? AND (expires_at IS NULL OR expires_at > ?)",
		),
		consume: database.prepare(
			"UPDATE oidc_artifacts SET consumed = ? WHERE model = ? AND id = ? AND consumed IS NULL",
		),
		grantOf: database.prepare(
			"SELECT grant_id FROM oidc_artifacts WHERE model = ? AND id = ?",
		),
		destroy: database.prepare(
			"DELETE FROM oidc_artifacts WHERE model = ? AND id = ?",
		),
		revoke: database.prepare(
			"DELETE FROM oidc_artifacts WHERE model = ? AND grant_id = ?",
		),
		endGrant: database.prepare(
			"DELETE FROM oidc_artifacts WHERE grant_id = ? OR (model = 'Grant' AND id = ?)",
		),
	};
	const read = (/** @type {any} */ row) =>
		row
			? {
					...JSON.parse(row.payload),
					...(row.consumed ? { consumed: row.consumed } : {}),
				}
			: undefined;

	return (model) => ({
		async upsert(id, payload, expiresIn) {
			const expiresAt = expiresIn ? nowSeconds() + expiresIn : null;
			const grantId = GRANTABLE.includes(model)
				? (payload.grantId ?? null)
				: null;
			statements.upsert.run(
				model,
				id,
				JSON.stringify(payload),
				grantId,
				payload.accountId ?? null,
				payload.uid ?? null,
				expiresAt,
			);
		},
		async find(id) {
			return read(statements.find.get(model, id, nowSeconds()));
		},
		async findByUid(uid) {
			return read(statements.findByUid.get(model, uid, nowSeconds()));
		},
		async findByUserCode() {
			return undefined; // the device flow is off
		},
		// RFC 9700, 4.14.2: of two requests that spend one refresh token at once, one is a thief's. Which one cannot be
		// known, so the grant dies with everything it gave out, the winner's new tokens included.
		async consume(id) {
			if (statements.consume.run(nowSeconds(), model, id).changes === 1) return;
			const grantId = /** @type {any} */ (statements.grantOf.get(model, id))
				?.grant_id;
			if (grantId) {
				statements.endGrant.run(grantId, grantId);
				onReuse(grantId);
			}
			throw new errors.InvalidGrant("already used");
		},
		async destroy(id) {
			statements.destroy.run(model, id);
		},
		async revokeByGrantId(grantId) {
			statements.revoke.run(model, grantId);
		},
	});
}

/**
 * Ends all of a person's grants and browser sessions.
 * @param {import("../database.js").SqliteDatabase} database
 * @param {string} personId
 * @returns {number} how many grants there were
 */
export function revokeEverything(database, personId) {
	const grants = database
		.prepare(
			"SELECT count(*) AS count FROM oidc_artifacts WHERE model = 'Grant' AND account_id = ?",
		)
		.get(personId);
	database
		.prepare("DELETE FROM oidc_artifacts WHERE account_id = ?")
		.run(personId);
	database
		.prepare("DELETE FROM ticket_sessions WHERE person_id = ?")
		.run(personId);
	return /** @type {any} */ (grants).count;
}

/**
 * Drops what has expired; the queries never return it, so this only keeps the file small.
 * @param {import("../database.js").SqliteDatabase} database
 */
export function dropExpired(database) {
	database
		.prepare("DELETE FROM oidc_artifacts WHERE expires_at <= ?")
		.run(nowSeconds());
	database.exec(
		"DELETE FROM grant_organizations WHERE grant_id NOT IN (SELECT id FROM oidc_artifacts WHERE model = 'Grant')",
	);
}
