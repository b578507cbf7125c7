import { expect, test } from "./dashboard";
import { TYPED_KEY } from "./secrets";

// In every other test, too, nothing secret may be where it should not: see the fixture `secrets`.

test("sign-in, renewal, failures and sign-out leave no secret anywhere, and the watch would see one", async ({
	page,
	dashboard,
	cloud,
	secrets,
}) => {
	await cloud.change({ accessTokenSeconds: 2 });
	await dashboard.signIn();
	await dashboard.merge();
	await expect
		.poll(() => cloud.requests("POST", "/oauth/token"), { timeout: 20_000 })
		.toBeGreaterThan(2);
	// A server that tells what it was sent.
	const [refreshToken] = [...secrets.secrets].findLast(
		([, what]) => what === "refresh_token",
	) ?? [""];
	await cloud.fault({
		route: "/oauth/token",
		count: 2,
		status: 500,
		body: { error: "server_error", error_description: refreshToken },
	});
	await cloud.fault({
		route: "/api/*",
		count: 2,
		status: 500,
		body: { message: refreshToken },
	});
	await dashboard.refresh();
	await page.reload();
	await dashboard.expectSignedIn("Ana Lindqvist");
	await dashboard.signOut();
	await dashboard.expectSignedOut();
	// The server still knows this browser, and asks nothing.
	await page.getByRole("button", { name: "Sign in with a popup" }).click();
	await dashboard.expectSignedIn("Ana Lindqvist");

	expect(await secrets.leaks()).toEqual([]);
	const known = [...secrets.secrets.values()];
	for (const what of [
		"state",
		"nonce",
		"code",
		"code_verifier",
		"access_token",
		"refresh_token",
		"id_token",
	])
		expect(known, what).toContain(what);

	// What a leak looks like.
	await page.evaluate((key) => {
		localStorage.setItem("leak", key);
		console.log("a leak:", key);
		return fetch(`/?key=${key}`, { method: "POST", body: key });
	}, TYPED_KEY);
	const leaks = await secrets.leaks();
	for (const kind of ["console", "storage", "url", "body"])
		expect(leaks.join("\n")).toContain(`typed key in ${kind}`);
	await page.evaluate(() => localStorage.removeItem("leak"));
	secrets.forget();
});
