// The package in Node as in a webview: the extension on the other side is a double that opens pages in a browser without pages, at the
// development cloud.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, test } from "node:test";
import { decodeJwt } from "jose";
import { CloudError, CloudService, initSync } from "../../pkg/index.js";
import { startCloud } from "../cloud/cloud.js";
import { FetchClient } from "../cloud/fetch-client.js";
import { CALLBACK_URI, create, extension } from "./extension.js";

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
afterEach(async () => {
	if (CloudService.hasInstance())
		await CloudService.instance.logout().catch(() => {});
	CloudService.resetInstance();
});

async function code(work) {
	try {
		await work();
	} catch (error) {
		assert.ok(CloudError.is(error), `${error}`);
		return error.code;
	}
	assert.fail("it should fail");
}

test("the extension opens the page, receives the answer, and the person is signed in", async () => {
	const { host, opened, listeners } = extension(cloud);
	const service = await create(cloud, host);
	assert.equal(service.capabilities().host, true);
	const user = await service.login();
	assert.equal(user.id, "user_ana");
	assert.equal(service.getAuthState(), "active-session");
	assert.equal(opened.length, 1);
	assert.equal(
		new URL(opened[0]).searchParams.get("redirect_uri"),
		CALLBACK_URI,
	);
	await service.refreshSettings();
	await service.logout();
	service.dispose();
	assert.equal(listeners.size, 0, "it is not listened to any more");
});

test("foreign answers, repeated ones and nonsense are nothing to us", async () => {
	const { host, tell } = extension(cloud, "user_ben");
	const service = await create(cloud, host);
	for (const noise of [
		`${CALLBACK_URI}?code=x&state=foreign`,
		"no url",
		"",
		undefined,
		7,
		{},
	])
		tell(noise);
	const login = service.login();
	tell(`${CALLBACK_URI}?code=x&state=foreign`);
	assert.equal((await login).id, "user_ben");
});

test("a host that throws, refuses or lacks what is needed is HOST_UNAVAILABLE", async () => {
	const broken = () => {
		throw new Error("canary-4711-secret");
	};
	for (const host of [
		{ fetch },
		{ fetch, openExternal: broken },
		{ fetch, openExternal: () => Promise.reject(new Error("canary")) },
		{
			fetch,
			get openExternal() {
				throw new Error("canary");
			},
		},
	]) {
		const service = await create(cloud, host);
		assert.equal(await code(() => service.login()), "HOST_UNAVAILABLE");
		assert.equal(service.getAuthState(), "logged-out");
		CloudService.resetInstance();
	}
	const { host } = extension(cloud);
	const odd = await create(cloud, {
		...host,
		callbackUri: broken,
		onCallback: host.onCallback,
	});
	const login = odd.login();
	assert.equal(
		(await login).id,
		"user_ana",
		"without an address of its own the options' is used",
	);
});

test("one that listens badly is still answered by handleCallback", async () => {
	const { host } = extension(cloud);
	let callback;
	const service = await create(cloud, {
		...host,
		onCallback: () => {
			throw new Error("mine");
		},
		async openExternal(url) {
			const browser = new FetchClient(cloud);
			callback = (await browser.authorize(url, { person: "user_ana" })).href;
		},
	});
	const login = service.login();
	while (!callback) await new Promise((resolve) => setTimeout(resolve, 10));
	assert.equal(service.isCallback(callback), true);
	const [one, other] = await Promise.all([
		login,
		service.handleCallback(callback),
	]);
	assert.deepEqual(one, other);
});

test("signing out of the server too opens its page last of all, and the next sign-in asks who it is", async () => {
	// One browser, which keeps its cookies.
	const browser = new FetchClient(cloud);
	let tell;
	let person = "user_ana";
	const goneTo = [];
	const service = await create(cloud, {
		async openExternal(url) {
			const { pathname, searchParams } = new URL(url);
			if (pathname === "/oauth/authorize") {
				tell((await browser.authorize(url, { person })).href);
				return;
			}
			goneTo.push({ pathname, searchParams, token: service.getSessionToken() });
			const page = await (await browser.visit(url)).text();
			const [, action] = /action="([^"]+)"/.exec(page);
			const [, xsrf] = /name="xsrf" value="([^"]+)"/.exec(page);
			await browser.visit(new URL(action, url).href, {
				method: "POST",
				body: new URLSearchParams({ xsrf, logout: "yes" }),
			});
		},
		onCallback(listener) {
			tell = listener;
			return () => {};
		},
		fetch: (...request) => fetch(...request),
	});
	await service.login();
	await service.logout();
	person = "user_ben";
	const silent = await service.login();
	assert.equal(silent.id, "user_ana", "the browser is signed in at the server");

	const token = await service.freshSessionToken();
	await service.logout({ endSession: true });
	const [{ pathname, searchParams, token: kept }, ...more] = goneTo;
	assert.deepEqual(
		[pathname, more, kept, service.getAuthState()],
		["/oauth/sign-out", [], undefined, "logged-out"],
	);
	assert.equal(searchParams.get("client_id"), "roo-cloud-web");
	assert.equal(decodeJwt(searchParams.get("id_token_hint")).sub, "user_ana");
	assert.equal((await browser.api("/api/me", token)).status, 401, "revoked");
	assert.equal((await service.login()).id, "user_ben", "the page asked");
});

test("somebody who wants an account first is shown the page to sign up", async () => {
	let shown;
	const { host } = extension(cloud, "user_chiyo");
	const service = await create(cloud, {
		...host,
		async openExternal(url) {
			const browser = new FetchClient(cloud);
			const gone = await browser.visit(url);
			const page = new URL(gone.headers.get("location"), url).href;
			shown = await (await browser.visit(page)).text();
			return host.openExternal(url);
		},
	});
	const options = { signUp: true, landingPageSlug: "spring" };
	assert.equal((await service.login(options)).id, "user_chiyo");
	assert.match(shown, /<h1>Sign up for Roo Cloud/);
});
