// The package in Node, signed in by ticket at the development cloud, whose ticket server refuses a browser's origin as the real one
// does.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, test } from "node:test";
import { CloudService, initSync } from "../../pkg/index.js";
import { startCloud } from "../cloud/cloud.js";
import { until } from "../engines/until.js";

const AUTH_REDIRECT = "vscode://rooveterinaryinc.roo-cline";

let cloud;
/** Where the page was sent. */
const left = [];

before(async () => {
	initSync(
		readFileSync(
			new URL("../../pkg/wasm/roo_cloud_web_bg.wasm", import.meta.url),
		),
	);
	cloud = await startCloud();
	globalThis.location = {
		href: "https://page.example/",
		assign: (url) => left.push(url),
	};
});
after(() => {
	delete globalThis.location;
	return cloud.close();
});
afterEach(() => CloudService.resetInstance());

const options = (more) => ({
	apiUrl: cloud.apiUrl,
	auth: {
		type: "ticket",
		clerkUrl: `${cloud.apiUrl}/ticket`,
		authRedirect: AUTH_REDIRECT,
	},
	...more,
});

/** What the person does on the page at `url`; gives the url that the editor is opened with. */
async function choose(url, person) {
	const { searchParams } = new URL(url);
	const answer = await fetch(`${cloud.apiUrl}/extension/sign-in`, {
		method: "POST",
		body: new URLSearchParams({
			person,
			state: searchParams.get("state"),
			auth_redirect: searchParams.get("auth_redirect"),
		}),
		redirect: "manual",
	});
	return answer.headers.get("location");
}

test("a ticket signs in, organizations are switched, and sign-out ends it at the server", async () => {
	const service = await CloudService.createInstance(options({ fetch }));
	service.login().catch(() => {});
	await until(() => left.length > 0);
	const callback = await choose(left.pop(), "user_ana");
	assert.ok(callback.startsWith(`${AUTH_REDIRECT}/auth/clerk/callback?`));
	assert.equal(service.isCallback(callback), true);
	assert.equal(
		service.isCallback(callback.replace(/state=./, "state=x")),
		false,
	);

	const user = await service.handleCallback(callback);
	assert.deepEqual(
		[user.id, user.email, user.organizationId],
		["user_ana", "ana@meridian.example", "org_meridian"],
	);
	assert.equal(service.getAuthState(), "active-session");
	await service.refreshSettings();
	assert.ok(service.getOrganizationSettings());

	const memberships = await service.getOrganizationMemberships();
	assert.deepEqual(
		memberships.map(({ organization }) => organization.slug).sort(),
		["juniper", "meridian"],
	);
	assert.ok(memberships.every(({ organization }) => organization.imageUrl));
	await service.switchOrganization("org_juniper");
	assert.equal(service.getOrganizationId(), "org_juniper");
	const token = await service.freshSessionToken();
	const { r } = JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
	assert.equal(r.o, "org_juniper");
	await service.switchOrganization(null);
	assert.equal(service.getOrganizationId(), null);

	await service.logout();
	assert.equal(service.getAuthState(), "logged-out");
	assert.equal(service.getSessionToken(), undefined);
});

test("a page's own origin is refused, which a fetch through the host is not", async () => {
	let through = (url, init) =>
		fetch(url, {
			...init,
			headers: [...init.headers, ["Origin", "https://page.example"]],
		});
	const host = { fetch: (url, init) => through(url, init) };
	const service = await CloudService.createInstance(options({ host }));
	service.login().catch(() => {});
	await until(() => left.length > 0);
	await service.handleCallback(await choose(left.pop(), "user_ben"));
	assert.equal(service.getAuthState(), "inactive-session");

	// The credentials stand: through the host they are good.
	through = fetch;
	await until(() => service.getAuthState() === "active-session");
	await until(() => service.getUserInfo()?.id === "user_ben");
	await service.logout();
});
