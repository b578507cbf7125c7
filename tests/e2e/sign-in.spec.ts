import { choosePerson, Dashboard, expect, test } from "./dashboard";

test("signs in by redirect, and cleans the address", async ({
	page,
	dashboard,
	cloud,
}) => {
	await dashboard.signIn();
	expect(page.url()).toBe(`${cloud.addresses.dashboardUrl}/`);
	await expect(page.getByLabel("Organization")).toHaveValue("org_meridian");
	await expect(dashboard.usage.getByText("US$1,834.21")).toBeVisible();
	expect(await cloud.requests("POST", "/oauth/token")).toBe(1);
});

test("signs in by popup, which closes itself", async ({ page, dashboard }) => {
	await page.goto("/");
	const opened = page.waitForEvent("popup");
	await page.getByRole("button", { name: "Sign in with a popup" }).click();
	const popup = await opened;
	const closed = popup.waitForEvent("close");
	await choosePerson(popup, "Ben Okafor");
	await closed;
	await dashboard.expectSignedIn("Ben Okafor");
});

test("signs in by popup when the sign-in page isolates itself (COOP)", async ({
	page,
	dashboard,
	cloud,
}) => {
	await cloud.change({ coop: "same-origin" });
	await page.goto("/");
	const opened = page.context().waitForEvent("page");
	await page.getByRole("button", { name: "Sign in with a popup" }).click();
	const popup = await opened;
	await choosePerson(popup, "Ben Okafor");
	await dashboard.expectSignedIn("Ben Okafor");
});

test("a popup sign-in can be cancelled here", async ({ page, dashboard }) => {
	await page.goto("/");
	const opened = page.waitForEvent("popup");
	await page.getByRole("button", { name: "Sign in with a popup" }).click();
	await opened;
	await page.getByRole("button", { name: "Cancel" }).click();
	await expect(page.getByRole("alert")).toContainText(/cancelled|stopped/);
	await dashboard.expectSignedOut();
});

test("a declined sign-in says so and leaves the way open", async ({
	page,
	dashboard,
}) => {
	await page.goto("/");
	await page.getByRole("button", { name: "Sign in", exact: true }).click();
	await page.getByRole("button", { name: "Cancel" }).click();
	await expect(page.getByRole("alert")).toContainText(
		"declined on the sign-in page",
	);
	await dashboard.signIn("Ben Okafor");
});

test("an answer to nobody's sign-in is refused without a token request", async ({
	page,
	dashboard,
	cloud,
}) => {
	await page.goto("/callback?code=stolen&state=unknown");
	await expect(page.getByRole("alert")).toContainText(
		"not started in this browser",
	);
	await dashboard.expectSignedOut();
	expect(page.url()).not.toContain("stolen");
	expect(await cloud.requests("POST", "/oauth/token")).toBe(0);
});

test("a reload stays signed in, from cache first", async ({
	page,
	dashboard,
	cloud,
}) => {
	await dashboard.signIn();
	await dashboard.merge();
	const exchanges = await cloud.requests("POST", "/oauth/token");
	await page.reload();
	await dashboard.expectSignedIn("Ana Lindqvist");
	await expect(dashboard.profile("meridian-default")).toContainText("cloud");
	// The session token lives in memory only: a reload costs one refresh.
	expect(await cloud.requests("POST", "/oauth/token")).toBe(exchanges + 1);
});

test("switches to another organization and to the personal account", async ({
	page,
	dashboard,
}) => {
	await dashboard.signIn();
	await page.getByLabel("Organization").selectOption("Juniper Health");
	await expect(dashboard.settings.getByText("after 7 days")).toBeVisible();
	await page.getByLabel("Organization").selectOption("Personal account");
	await expect(
		dashboard.settings.getByText("Every provider and every model."),
	).toBeVisible();
});

test("signing out in one tab signs out the other", async ({
	page,
	dashboard,
	context,
}) => {
	await dashboard.signIn();
	const other = new Dashboard(await context.newPage());
	await other.page.goto("/");
	await other.expectSignedIn("Ana Lindqvist");
	await dashboard.signOut();
	await dashboard.expectSignedOut();
	await other.expectSignedOut();
	await page.reload();
	await dashboard.expectSignedOut();
});

test("signing in in one tab signs in the other", async ({
	page,
	dashboard,
	context,
}) => {
	const other = new Dashboard(await context.newPage());
	await other.page.goto("/");
	await other.expectSignedOut();
	await page.bringToFront();
	await dashboard.signIn();
	await other.expectSignedIn("Ana Lindqvist");
});
