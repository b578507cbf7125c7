import { randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";

/**
 * The server's keys: made once, then kept in the database, so that a restart ends no session.
 * @param {import("../database.js").SqliteDatabase} database
 * @returns {Promise<{ signingKey: import("jose").JWK, cookieKey: string, nonceSecret: Buffer }>}
 */
export async function loadKeys(database) {
	return {
		signingKey: JSON.parse(await kept(database, "signing-key", makeSigningKey)),
		cookieKey: await kept(database, "cookie-key", makeSecret),
		nonceSecret: Buffer.from(
			await kept(database, "dpop-nonce-secret", makeSecret),
			"base64url",
		),
	};
}

/**
 * @param {import("../database.js").SqliteDatabase} database
 * @param {string} name
 * @param {() => string | Promise<string>} make
 * @returns {Promise<string>}
 */
async function kept(database, name, make) {
	const row = database
		.prepare("SELECT value FROM server_keys WHERE name = ?")
		.get(name);
	if (row) return /** @type {any} */ (row).value;
	const value = await make();
	database.prepare("INSERT INTO server_keys VALUES (?, ?)").run(name, value);
	return value;
}

async function makeSigningKey() {
	const { privateKey } = await generateKeyPair("ES256", { extractable: true });
	const jwk = await exportJWK(privateKey);
	return JSON.stringify({
		...jwk,
		alg: "ES256",
		use: "sig",
		kid: randomBytes(8).toString("hex"),
	});
}

function makeSecret() {
	return randomBytes(32).toString("base64url");
}
