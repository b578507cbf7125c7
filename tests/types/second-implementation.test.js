// A second implementation of a client, oauth4webapi, signs in at the same development cloud as this package: both send the same requests. And what
// RFC 7636 and RFC 9449 publish as examples comes out of the module as it ships.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, mock, test } from "node:test";
import { decodeJwt, decodeProtectedHeader } from "jose";
import * as oauth from "oauth4webapi";
import { CloudService, initSync } from "../../pkg/index.js";
import { startCloud } from "../cloud/cloud.js";
import { FetchClient } from "../cloud/fetch-client.js";

const REDIRECT_URI = "http://127.0.0.1:5173/callback";
const CLIENT = { client_id: "roo-cloud-web" };
const AT_FIRST = "org_meridian";
const LATER = "org_juniper";
/** What is another one each time: so many characters of base64url. */
const DRAWN =
	/^(state|nonce|code|code_challenge|code_verifier|refresh_token|token|dpop_jkt)$/;

let cloud;
before(async () => {
	initSync(
		readFileSync(
			new URL("../../pkg/wasm/roo_cloud_web_bg.wasm", import.meta.url),
		),
	);
	cloud = await startCloud();
});
after(() => cloud.close());
afterEach(() => {
	mock.restoreAll();
	CloudService.resetInstance();
});

/** A fetch that notes what it is asked for. */
function recorder(answer = fetch) {
	const sent = [];
	return {
		/** The requests of that path. @param {string} path */
		to: (path) => sent.filter(({ pathname }) => pathname === path),
		async fetch(url, init) {
			const { pathname } = new URL(url);
			const body = init.body && (await new Response(init.body).text());
			sent.push({
				pathname,
				method: init.method,
				headers: new Headers(init.headers),
				parameters: new URLSearchParams(body),
			});
			return answer(url, init);
		},
	};
}

const create = (fetch, openExternal, auth) => {
	let tell;
	return CloudService.createInstance({
		apiUrl: cloud.apiUrl,
		auth: {
			type: "oauth",
			issuer: cloud.issuer,
			clientId: CLIENT.client_id,
			redirectUri: REDIRECT_URI,
			mode: "host",
			...auth,
		},
		host: {
			openExternal: async (url) => tell(await openExternal(url)),
			onCallback(listener) {
				tell = listener;
				return () => {};
			},
			fetch,
		},
	});
};

/** What a person does at `url`; gives the address that they are sent back to. */
const visit = async (url) =>
	(await new FetchClient(cloud).authorize(url, { person: "user_ana" })).href;

/** The package signs in, switches with a refresh, calls the API and signs out. */
async function ours(dpop) {
	const { fetch, to } = recorder();
	let authorization;
	const service = await create(
		fetch,
		(url) => {
			authorization = new URL(url).searchParams;
			return visit(url);
		},
		{ dpop },
	);
	await service.login({ organizationId: AT_FIRST });
	await service.switchOrganization(LATER);
	await service.creditBalance();
	await service.logout();
	return { authorization, to };
}

/** oauth4webapi does the same. */
async function theirs(dpop) {
	const { fetch, to } = recorder();
	const options = {
		[oauth.customFetch]: fetch,
		[oauth.allowInsecureRequests]: true,
	};
	const issuer = new URL(cloud.issuer);
	const server = await oauth.processDiscoveryResponse(
		issuer,
		await oauth.discoveryRequest(issuer, options),
	);
	const none = oauth.None();
	if (dpop)
		options.DPoP = oauth.DPoP(CLIENT, await oauth.generateKeyPair("ES256"));

	const [state, nonce, verifier] = [
		oauth.generateRandomState(),
		oauth.generateRandomNonce(),
		oauth.generateRandomCodeVerifier(),
	];
	// It builds no url of its own; what it pushes to the server (RFC 9126) are the same parameters.
	const pushed = await oauth.processPushedAuthorizationResponse(
		server,
		CLIENT,
		await oauth.pushedAuthorizationRequest(
			server,
			CLIENT,
			none,
			{
				response_type: "code",
				redirect_uri: REDIRECT_URI,
				scope: "openid profile email offline_access",
				state,
				nonce,
				code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
				code_challenge_method: "S256",
				organization_id: AT_FIRST,
				...(dpop ? { dpop_jkt: await options.DPoP.calculateThumbprint() } : {}),
			},
			options,
		),
	);
	const url = new URL(server.authorization_endpoint);
	url.search = new URLSearchParams({
		...CLIENT,
		request_uri: pushed.request_uri,
	});
	const callback = oauth.validateAuthResponse(
		server,
		CLIENT,
		new URL(await visit(url.href)),
		state,
	);
	const first = await oauth.processAuthorizationCodeResponse(
		server,
		CLIENT,
		await oauth.authorizationCodeGrantRequest(
			server,
			CLIENT,
			none,
			callback,
			REDIRECT_URI,
			verifier,
			options,
		),
		{ expectedNonce: nonce, requireIdToken: true },
	);
	const second = await oauth.processRefreshTokenResponse(
		server,
		CLIENT,
		await oauth.refreshTokenGrantRequest(
			server,
			CLIENT,
			none,
			first.refresh_token,
			{ ...options, additionalParameters: { organization_id: LATER } },
		),
	);
	await oauth.protectedResourceRequest(
		second.access_token,
		"GET",
		new URL(`${cloud.apiUrl}/api/extension/credit-balance`),
		undefined,
		null,
		options,
	);
	await oauth.processRevocationResponse(
		await oauth.revocationRequest(server, CLIENT, none, second.refresh_token, {
			...options,
			additionalParameters: { token_type_hint: "refresh_token" },
		}),
	);
	return { authorization: to("/oauth/par")[0].parameters, to };
}

/** Parameters by name; of what is drawn, its form. */
const shapeOf = (parameters) =>
	Object.fromEntries(
		[...parameters]
			.map(([name, value]) => [
				name,
				DRAWN.test(name) ? value.replace(/[\w-]/g, "*") : value,
			])
			.sort(),
	);

/** What counts of a request: no user agent, no charset of what is ASCII. */
const requestOf = ({ method, headers, parameters }) => ({
	method,
	accept: headers.get("accept"),
	type: headers.get("content-type")?.replace(/;\s*charset=utf-8$/i, ""),
	scheme: headers.get("authorization")?.split(" ")[0],
	proof: proofOf(headers.get("dpop")),
	parameters: shapeOf(parameters),
});

/** What a proof says (RFC 9449, 4.2), and what form it has. */
function proofOf(proof) {
	if (proof === null) return undefined;
	const { jwk, ...header } = decodeProtectedHeader(proof);
	const { jti, iat, ath, nonce, ...claims } = decodeJwt(proof);
	assert.ok(jti.length >= 16 && Number.isInteger(iat), "RFC 9449, 4.2");
	assert.ok(Math.abs(iat * 1_000 - Date.now()) < 60_000);
	return {
		header,
		jwk: Object.fromEntries(
			Object.entries(jwk)
				.map(([name, value]) => [
					name,
					/^[xy]$/.test(name) ? value.length : value,
				])
				.sort(),
		),
		claims,
		ath: ath?.length,
		signature: proof.split(".")[2].length,
	};
}

for (const dpop of [false, true])
	test(`oauth4webapi sends what this package sends${dpop ? ", with DPoP" : ""}`, async () => {
		const [mine, other] = [await ours(dpop), await theirs(dpop)];
		const compare = (what, path, at = 0) => {
			const requests = [mine, other].map(({ to }) => requestOf(to(path)[at]));
			// Nobody reads what a revocation is answered with, of whatever type it is.
			if (path === "/oauth/revoke")
				for (const request of requests) delete request.accept;
			assert.deepEqual(...requests, what);
		};
		compare("discovery", "/.well-known/openid-configuration");
		assert.deepEqual(
			shapeOf(mine.authorization),
			shapeOf(other.authorization),
			"the authorization request",
		);
		compare("the exchange of the code", "/oauth/token", 0);
		compare("the refresh", "/oauth/token", 1);
		compare("a call of the API", "/api/extension/credit-balance");
		compare("the revocation", "/oauth/revoke");
		for (const { to } of [mine, other]) {
			assert.equal(to("/oauth/token").length, 2);
			assert.equal(to("/oauth/revoke").length, 1);
		}

		// Their arithmetic on our numbers.
		const [exchange] = mine.to("/oauth/token");
		assert.equal(
			await oauth.calculatePKCECodeChallenge(
				exchange.parameters.get("code_verifier"),
			),
			mine.authorization.get("code_challenge"),
		);
	});

test("A1 the example of RFC 7636, appendix B", async () => {
	const octets = [
		116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186,
		22, 212, 37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
	];
	const random = crypto.getRandomValues.bind(crypto);
	mock.method(crypto, "getRandomValues", (out) => {
		if (out.length !== octets.length) return random(out);
		out.set(octets);
		return out;
	});
	const { fetch, to } = recorder();
	let authorization;
	const service = await create(fetch, (url) => {
		authorization = new URL(url).searchParams;
		return visit(url);
	});
	await service.login();
	assert.equal(
		authorization.get("code_challenge"),
		"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
	);
	assert.equal(
		to("/oauth/token")[0].parameters.get("code_verifier"),
		"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
	);
	await service.logout();
});

test("the key and the tokens of RFC 9449's examples: thumbprint, ath, and what a proof names", async () => {
	// Figure 2; section 6.1 has its thumbprint, figure 12 a token and its hash.
	const key = {
		kty: "EC",
		crv: "P-256",
		x: "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
		y: "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
	};
	const token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
	const ec = { name: "ECDSA", namedCurve: "P-256" };
	const publicKey = await crypto.subtle.importKey("jwk", key, ec, true, [
		"verify",
	]);
	const generate = crypto.subtle.generateKey.bind(crypto.subtle);
	mock.method(crypto.subtle, "generateKey", async (...asked) => {
		const made = await generate(...asked);
		return asked[0].name === "ECDSA"
			? { privateKey: made.privateKey, publicKey }
			: made;
	});
	const answers = {
		"/oauth/token": {
			access_token: token,
			token_type: "DPoP",
			expires_in: 3_600,
		},
		"/api/me": { user: { id: "user_ana" }, organizations: [] },
		"/api/extension/credit-balance": { balance: 1 },
	};
	const { fetch: noted, to } = recorder((url, init) => {
		const { pathname } = new URL(url);
		if (answers[pathname]) return Response.json(answers[pathname]);
		// The real API has never heard of this token.
		return pathname.startsWith("/api/")
			? new Response(null, { status: 503 })
			: fetch(url, init);
	});
	let authorization;
	const service = await create(
		noted,
		(url) => {
			authorization = new URL(url).searchParams;
			const answer = new URLSearchParams({
				code: "code",
				state: authorization.get("state"),
				iss: cloud.issuer,
			});
			return `${REDIRECT_URI}?${answer}`;
		},
		{ dpop: true, scopes: ["profile"] },
	);
	await service.login();
	assert.equal(
		authorization.get("dpop_jkt"),
		"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
	);
	await service.creditBalance();
	const { headers, method } = to("/api/extension/credit-balance")[0];
	assert.equal(headers.get("authorization"), `DPoP ${token}`);
	const proof = headers.get("dpop");
	assert.deepEqual(decodeProtectedHeader(proof), {
		typ: "dpop+jwt",
		alg: "ES256",
		jwk: key,
	});
	const { jti, iat, ...claims } = decodeJwt(proof);
	assert.deepEqual(claims, {
		htm: method,
		htu: `${cloud.apiUrl}/api/extension/credit-balance`,
		ath: "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo",
	});
	assert.ok(jti && iat);
});
