import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { decodeJwt } from "jose";
import { startCloud } from "./cloud.js";
import { FetchClient } from "./fetch-client.js";

const AUTH_REDIRECT = "vscode://rooveterinaryinc.roo-cline";

/** @type {Awaited<ReturnType<typeof startCloud>>} */
let cloud;
before(async () => (cloud = await startCloud()));
after(() => cloud.close());

/** @param {string} path @param {{ token?: string, form?: Record<string, string>, origin?: string }} [request] */
const ticketServer = (path, { token, form, origin } = {}) =>
	fetch(`${cloud.apiUrl}/ticket/v1/${path}`, {
		method: form ? "POST" : "GET",
		headers: {
			...(token ? { Authorization: `Bearer ${token}` } : {}),
			...(origin ? { Origin: origin } : {}),
		},
		body: form && new URLSearchParams(form),
	});

/** @param {string} person */
async function codeFor(person) {
	const body = new URLSearchParams({
		person,
		state: "0a1b",
		auth_redirect: AUTH_REDIRECT,
	});
	const answer = await fetch(`${cloud.apiUrl}/extension/sign-in`, {
		method: "POST",
		body,
		redirect: "manual",
	});
	const callback = new URL(answer.headers.get("location") ?? "");
	assert.ok(callback.href.startsWith(`${AUTH_REDIRECT}/auth/clerk/callback?`));
	assert.equal(callback.searchParams.get("state"), "0a1b");
	return {
		code: callback.searchParams.get("code") ?? "",
		organizationId: callback.searchParams.get("organizationId"),
	};
}

/** @param {string} person */
async function signIn(person) {
	const { code } = await codeFor(person);
	const answer = await ticketServer("client/sign_ins", {
		form: { strategy: "ticket", ticket: code },
	});
	return {
		token: answer.headers.get("authorization") ?? "",
		session: (await answer.json()).response.created_session_id,
		code,
	};
}

test("the pages ask who it is and go back to editors only", async () => {
	const open = (/** @type {string} */ path, /** @type {string} */ redirect) =>
		fetch(
			`${cloud.apiUrl}${path}?state=0a1b&auth_redirect=${encodeURIComponent(redirect)}`,
		);
	for (const path of [
		"/extension/sign-in",
		"/extension/provider-sign-up",
		"/l/spring",
	])
		assert.equal((await open(path, AUTH_REDIRECT)).status, 200);
	for (const redirect of ["https://attacker.example", "javascript://a.b", ""])
		assert.equal(
			(await open("/extension/sign-in", redirect)).status,
			400,
			redirect,
		);
	assert.deepEqual(
		[
			(await codeFor("user_ana")).organizationId,
			(await codeFor("user_chiyo")).organizationId,
		],
		["org_meridian", null],
	);
});

test("code, client token, session token, API; a code is good once", async () => {
	const { token, session, code } = await signIn("user_ana");
	const again = await ticketServer("client/sign_ins", {
		form: { strategy: "ticket", ticket: code },
	});
	assert.equal(again.status, 400);
	const tokens = async (/** @type {Record<string, string>} */ form) =>
		(
			await ticketServer(`client/sessions/${session}/tokens`, {
				token,
				form: { _is_native: "1", ...form },
			})
		).json();
	const client = new FetchClient(cloud);
	const { jwt } = await tokens({ organization_id: "org_juniper" });
	const settings = await (
		await client.api("/api/extension-settings", jwt)
	).json();
	assert.ok("juniper-research" in settings.organization.providerProfiles);
	assert.deepEqual(
		/** @type {any} */ (decodeJwt((await tokens({ organization_id: "" })).jwt))
			.r.o,
		undefined,
	);
	assert.deepEqual(
		/** @type {any} */ (decodeJwt((await tokens({})).jwt)).r.o,
		"org_meridian",
	);

	const me = await (await ticketServer("me", { token })).json();
	assert.equal(
		me.response.email_addresses[0].email_address,
		"ana@meridian.example",
	);
	const memberships = await (
		await ticketServer("me/organization_memberships", { token })
	).json();
	assert.deepEqual(
		memberships.response
			.map((/** @type {any} */ one) => one.organization.slug)
			.sort(),
		["juniper", "meridian"],
	);
});

test("Origin together with Authorization is refused", async () => {
	const { token } = await signIn("user_ben");
	const both = await ticketServer("me", {
		token,
		origin: "http://127.0.0.1:8",
	});
	assert.equal(both.status, 400);
	assert.equal(both.headers.get("access-control-allow-origin"), null);
	assert.equal((await ticketServer("me", { token })).status, 200);
});

test("a removed session is 401, another's is 404", async () => {
	const [ana, ben] = [await signIn("user_ana"), await signIn("user_ben")];
	const at = (
		/** @type {string} */ session,
		/** @type {string} */ token,
		action = "tokens",
	) =>
		ticketServer(`client/sessions/${session}/${action}`, {
			token,
			form: { _is_native: "1" },
		});
	assert.equal((await at(ana.session, ben.token)).status, 404);
	assert.equal((await at(ana.session, ana.token, "remove")).status, 200);
	assert.equal((await at(ana.session, ana.token)).status, 401);
});
