// The plain way to sign in, in real browsers: the page leaves for the authorization server, comes back with a code, and the person is signed in, in
// all tabs and after a reload.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startCloud } from "../cloud/cloud.js";
import { ENGINES, launch, newProfile } from "./browsers.js";
import { startRemote } from "./remote.js";
import { until } from "./until.js";

for (const engine of ENGINES)
	test(`${engine}: a sign-in by redirect leaves, comes back, cleans the address, and lasts`, {
		timeout: 90_000,
	}, async (t) => {
		const cloud = await startCloud();
		t.after(() => cloud.close());
		cloud.control.settings.change({ signsIn: "user_ana" });
		const remote = await startRemote();
		t.after(() => remote.close());
		const profile = await newProfile();
		t.after(() => profile.remove());
		const options = {
			apiUrl: cloud.apiUrl,
			auth: {
				type: "oauth",
				issuer: cloud.issuer,
				clientId: "roo-cloud-web",
				redirectUri: remote.callbackUrl,
			},
		};
		const requests = (path) =>
			cloud.control.log.since(0).filter((entry) => entry.path === path);

		const arrivals = ["a", "b"].map((name) => remote.arrival(name));
		const browser = await launch(engine, {
			profile: profile.path,
			urls: [remote.url("a"), remote.url("b")],
		});
		t.after(() => browser.kill());
		const [leaving, other] = await Promise.all(arrivals);
		await Promise.all(
			[leaving, other].map((tab) => tab.run("create", options)),
		);

		const returning = remote.arrival("a");
		leaving.run("signIn", { returnTo: "/callback.html?back" }).catch(() => {});
		const back = await returning;
		await back.run("create", options);
		assert.deepEqual(await back.run("comeBack"), {
			isCallback: true,
			users: ["user_ana", "user_ana"],
			address: "/callback.html?back",
			state: "active-session",
		});
		assert.equal(requests("/oauth/token").length, 1, "one exchange");
		await until(async () => (await other.run("state")) === "active-session");
		assert.equal((await other.run("session")).user, "user_ana");

		const reloaded = remote.arrival("a");
		// A page that leaves may not get to answer.
		back.run("reload").catch(() => {});
		const again = await reloaded;
		await again.run("create", options);
		assert.deepEqual(await again.run("session"), {
			state: "active-session",
			user: "user_ana",
			hasToken: true,
		});
		await again.run("signOut");
		await until(async () => (await other.run("state")) === "logged-out");
	});
