import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { startCloud } from "./cloud.js";
import { FetchClient, REDIRECT_URI } from "./fetch-client.js";

/** @type {Awaited<ReturnType<typeof startCloud>>} */
let cloud;
/** @type {FetchClient} */
let client;
before(async () => {
	cloud = await startCloud();
	client = new FetchClient(cloud);
});
beforeEach(() => client.control("reset", { sessions: true }));
after(() => cloud.close());

/** A key and what it proves. */
async function dpopKey() {
	const { privateKey, publicKey } = await generateKeyPair("ES256");
	const jwk = await exportJWK(publicKey);
	return (
		/** @type {string} */ method,
		/** @type {string} */ url,
		/** @type {Record<string, unknown>} */ more = {},
	) =>
		new SignJWT({ htm: method, htu: url, jti: randomUUID(), ...more })
			.setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk })
			.setIssuedAt()
			.sign(privateKey);
}

const hashOf = (/** @type {string} */ token) =>
	createHash("sha256").update(token).digest("base64url");

/** @param {Awaited<ReturnType<typeof dpopKey>>} prove */
async function signIn(prove) {
	const verifier = "v".repeat(43);
	const code =
		(
			await client.authorize(client.authorizationUrl(verifier), {
				person: "user_ana",
			})
		).searchParams.get("code") ?? "";
	const proof = await prove("POST", `${cloud.issuer}/oauth/token`);
	const answer = await client.token(
		{
			grant_type: "authorization_code",
			code,
			redirect_uri: REDIRECT_URI,
			code_verifier: verifier,
		},
		{ DPoP: proof },
	);
	return answer.json();
}

/** @param {string} scheme @param {string} token @param {string} [proof] */
const me = (scheme, token, proof) =>
	fetch(`${cloud.apiUrl}/api/me`, {
		headers: {
			Authorization: `${scheme} ${token}`,
			...(proof ? { DPoP: proof } : {}),
		},
	});

test("a bound token works with its key's proof, once per proof, and never as a bearer", async () => {
	const prove = await dpopKey();
	const tokens = await signIn(prove);
	assert.equal(tokens.token_type, "DPoP");
	const url = `${cloud.apiUrl}/api/me`;
	const good = await prove("GET", url, { ath: hashOf(tokens.access_token) });
	assert.equal((await me("DPoP", tokens.access_token, good)).status, 200);
	assert.equal((await me("DPoP", tokens.access_token, good)).status, 401);
	assert.equal((await me("Bearer", tokens.access_token)).status, 401);
	assert.equal((await me("DPoP", tokens.access_token)).status, 401);
	const proveOther = await dpopKey();
	const wrong = [
		await prove("POST", url, { ath: hashOf(tokens.access_token) }),
		await prove("GET", `${cloud.apiUrl}/api/other`, {
			ath: hashOf(tokens.access_token),
		}),
		await prove("GET", url, { ath: hashOf("another token") }),
		await prove("GET", url, {
			ath: hashOf(tokens.access_token),
			nonce: "made-up",
		}),
		await proveOther("GET", url, { ath: hashOf(tokens.access_token) }),
	];
	for (const proof of wrong)
		assert.equal((await me("DPoP", tokens.access_token, proof)).status, 401);
});

test("a bound grant is refreshed with its key only", async () => {
	const prove = await dpopKey();
	const { refresh_token } = await signIn(prove);
	const url = `${cloud.issuer}/oauth/token`;
	const refresh = async (/** @type {Record<string, string>} */ headers) =>
		client.token({ grant_type: "refresh_token", refresh_token }, headers);
	assert.equal((await refresh({})).status, 400);
	assert.equal(
		(await refresh({ DPoP: await (await dpopKey())("POST", url) })).status,
		400,
	);
	assert.equal((await refresh({ DPoP: await prove("POST", url) })).status, 200);
});

test("where a nonce is required, both servers ask for theirs and take it", async () => {
	const prove = await dpopKey();
	const { access_token, refresh_token } = await signIn(prove);
	await client.control("settings", { dpopNonceRequired: true });

	const url = `${cloud.apiUrl}/api/me`;
	const asked = await me(
		"DPoP",
		access_token,
		await prove("GET", url, { ath: hashOf(access_token) }),
	);
	assert.equal(asked.status, 401);
	assert.match(
		asked.headers.get("www-authenticate") ?? "",
		/^DPoP .*error="use_dpop_nonce"/,
	);
	const nonce = asked.headers.get("dpop-nonce");
	assert.equal(
		(
			await me(
				"DPoP",
				access_token,
				await prove("GET", url, { ath: hashOf(access_token), nonce }),
			)
		).status,
		200,
	);

	const endpoint = `${cloud.issuer}/oauth/token`;
	const form = { grant_type: "refresh_token", refresh_token };
	const again = await client.token(form, {
		DPoP: await prove("POST", endpoint),
	});
	assert.equal((await again.json()).error, "use_dpop_nonce");
	const proof = await prove("POST", endpoint, {
		nonce: again.headers.get("dpop-nonce"),
	});
	assert.equal((await client.token(form, { DPoP: proof })).status, 200);
});
