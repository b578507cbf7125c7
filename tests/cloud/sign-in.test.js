import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { decodeJwt } from "jose";
import { startCloud } from "./cloud.js";
import { FetchClient, REDIRECT_URI } from "./fetch-client.js";

/** @type {Awaited<ReturnType<typeof startCloud>>} */
let cloud;
before(async () => (cloud = await startCloud()));
after(() => cloud.close());

test("discovery names the issuer, S256, iss in the answer, revocation and DPoP", async () => {
	const metadata = await (
		await fetch(`${cloud.issuer}/.well-known/openid-configuration`)
	).json();
	assert.equal(metadata.issuer, cloud.issuer);
	assert.deepEqual(metadata.code_challenge_methods_supported, ["S256"]);
	assert.equal(metadata.authorization_response_iss_parameter_supported, true);
	assert.ok(metadata.dpop_signing_alg_values_supported.includes("ES256"));
	for (const endpoint of [
		"authorization",
		"token",
		"revocation",
		"introspection",
		"end_session",
		"userinfo",
	]) {
		assert.ok(
			metadata[`${endpoint}_endpoint`].startsWith(cloud.issuer),
			endpoint,
		);
	}
});

test("a sign-in through the page gives tokens, an ID token with the organization, and a session in the API", async () => {
	const { callback, tokens } = await new FetchClient(cloud).signIn("user_ana");
	assert.equal(callback.searchParams.get("iss"), cloud.issuer);
	assert.equal(callback.searchParams.get("state"), "a-state");
	assert.equal(tokens.token_type, "Bearer");
	assert.equal(tokens.expires_in, 600);
	const claims = decodeJwt(tokens.id_token);
	assert.deepEqual(
		{
			sub: claims.sub,
			nonce: claims.nonce,
			org: claims.org_id,
			role: claims.org_role,
		},
		{
			sub: "user_ana",
			nonce: "a-nonce",
			org: "org_meridian",
			role: "org:admin",
		},
	);
	const me = await (
		await new FetchClient(cloud).api("/api/me", tokens.access_token)
	).json();
	assert.equal(me.user.name, "Ana Lindqvist");
	assert.deepEqual(
		me.organizations
			.map((/** @type {any} */ one) => one.organization.slug)
			.sort(),
		["juniper", "meridian"],
	);
});

test("the organization asked for is the one the session acts in; an empty one is the personal account", async () => {
	const client = new FetchClient(cloud);
	const { tokens } = await client.signIn("user_ana", {
		organization_id: "org_juniper",
	});
	assert.equal(decodeJwt(tokens.id_token).org_role, "org:member");
	const settings = await (
		await client.api("/api/extension-settings", tokens.access_token)
	).json();
	assert.ok("juniper-clinical" in settings.organization.providerProfiles);

	const personal = await client.signIn("user_ana", { organization_id: "" });
	assert.equal(decodeJwt(personal.tokens.id_token).org_id, undefined);
});

test("a foreign organization is access_denied", async () => {
	await assert.rejects(
		new FetchClient(cloud).signIn("user_ben", {
			organization_id: "org_juniper",
		}),
		/access_denied/,
	);
});

test("the cancel button is access_denied, with state and iss", async () => {
	const client = new FetchClient(cloud);
	const callback = await client.authorize(
		client.authorizationUrl("v".repeat(43)),
		{ cancel: "yes" },
	);
	assert.equal(callback.searchParams.get("error"), "access_denied");
	assert.equal(callback.searchParams.get("state"), "a-state");
	assert.equal(callback.searchParams.get("iss"), cloud.issuer);
});

test("the browser stays signed in; prompt asks again, and another person may be chosen", async () => {
	const client = new FetchClient(cloud);
	await client.signIn("user_ana");
	const silent = await client.signIn("nobody: the page does not come");
	assert.equal(decodeJwt(silent.tokens.id_token).sub, "user_ana");
	for (const prompt of ["login", "select_account", "create"]) {
		const again = await client.signIn("user_ana", { prompt });
		assert.equal(decodeJwt(again.tokens.id_token).sub, "user_ana", prompt);
	}
	const fresh = new FetchClient(cloud);
	await assert.rejects(
		fresh.signIn("user_ana", { prompt: "none" }),
		/login_required/,
	);
});

test("sign-up and landing page parameters are taken, redirect URIs are exact but for loopback's port", async () => {
	const client = new FetchClient(cloud);
	await client.signIn("user_ben", {
		screen_hint: "signup",
		landing_page: "spring",
	});
	const allowed = async (/** @type {string} */ redirect_uri) =>
		(
			await client.visit(
				client.authorizationUrl("v".repeat(43), { redirect_uri }),
			)
		).status === 303;
	assert.equal(await allowed("http://127.0.0.1:61234/callback"), true);
	assert.equal(await allowed("http://localhost:8/callback"), true);
	assert.equal(
		await allowed("vscode://roo-cloud-web.roo-cloud-web/auth"),
		true,
	);
	assert.equal(await allowed("http://127.0.0.1:61234/elsewhere"), false);
	assert.equal(await allowed("https://attacker.example/callback"), false);
});

test("PKCE is needed, plain is refused, and a code is good once", async () => {
	const client = new FetchClient(cloud);
	await client.signIn("user_ana");
	const withoutPkce = await client.authorize(
		client.authorizationUrl("v", {
			code_challenge: "",
			code_challenge_method: "",
		}),
		{},
	);
	assert.equal(withoutPkce.searchParams.get("error"), "invalid_request");
	const plain = await client.authorize(
		client.authorizationUrl("v", { code_challenge_method: "plain" }),
		{},
	);
	assert.equal(plain.searchParams.get("error"), "invalid_request");

	const verifier = "w".repeat(43);
	const code =
		(
			await client.authorize(client.authorizationUrl(verifier), {})
		).searchParams.get("code") ?? "";
	const exchange = {
		grant_type: "authorization_code",
		code,
		redirect_uri: REDIRECT_URI,
		code_verifier: verifier,
	};
	assert.equal(
		(await client.token({ ...exchange, code_verifier: "x".repeat(43) })).status,
		400,
	);
	assert.equal((await client.token(exchange)).status, 200);
	assert.equal((await client.token(exchange)).status, 400);
});

test("COOP stands on the sign-in pages when asked for", async () => {
	const client = new FetchClient(cloud);
	await client.control("settings", { coop: "same-origin" });
	const page = await client.visit(client.authorizationUrl("v".repeat(43)));
	assert.equal(page.headers.get("cross-origin-opener-policy"), "same-origin");
	await client.control("reset", {});
	assert.equal(
		(await client.visit(client.authorizationUrl("v".repeat(43)))).headers.get(
			"cross-origin-opener-policy",
		),
		null,
	);
});
