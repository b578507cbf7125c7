import { Dashboard, expect, test } from "./dashboard";

test("a refresh says how it ended, and where the settings came from", async ({
	dashboard,
}) => {
	await dashboard.signIn();
	await expect(dashboard.settings.getByText("From the cloud")).toBeVisible();
	await dashboard.refresh();
	await expect(
		dashboard.settings.getByText("The cloud says that nothing has changed."),
	).toBeVisible();
});

test("an administrator's edit arrives", async ({
	dashboard,
	context,
	cloud,
}) => {
	await dashboard.signIn();
	await dashboard.merge();

	const admin = await context.newPage();
	await admin.goto(cloud.addresses.adminUrl);
	await admin.getByLabel("Of", { exact: true }).selectOption("org_meridian");
	await admin.getByRole("button", { name: "gemini-quick" }).click();
	await admin.getByLabel("Name").fill("gemini-fast");
	await admin.getByRole("button", { name: "Save profile" }).click();
	await expect(admin.getByText("gemini-fast is saved.")).toBeVisible();
	await admin.close();

	await dashboard.refresh();
	await expect(
		dashboard.settings.getByText("New settings arrived."),
	).toBeVisible();
	await expect(dashboard.preview).toContainText("gemini-quick to gemini-fast");
	await dashboard.merge();
	await expect(dashboard.profile("gemini-fast")).toBeVisible();
	await expect(dashboard.profile("gemini-quick")).toBeHidden();
});

test("what one tab fetches arrives in the other", async ({
	dashboard,
	context,
	cloud,
}) => {
	await dashboard.signIn();
	const other = new Dashboard(await context.newPage());
	await other.page.goto("/");
	await other.expectSignedIn("Ana Lindqvist");
	await cloud.raiseVersion("org_meridian");
	await dashboard.refresh();
	await expect(
		dashboard.settings.getByText("New settings arrived."),
	).toBeVisible();
	await expect(other.settings.getByText("From another tab")).toBeVisible();
});

test("a person's own choice is written, and over someone else's once", async ({
	page,
	dashboard,
	cloud,
}) => {
	await dashboard.signIn("Ben Okafor");
	const sync = page.getByRole("switch", { name: "Sync my tasks" });
	await expect(sync).toBeChecked();
	await sync.click();
	await expect(dashboard.settings.getByText(/^Saved as version/)).toBeVisible();
	await expect(sync).not.toBeChecked();

	await cloud.changeUserSettings("user_ben", { taskSyncEnabled: true });
	await page
		.getByRole("switch", { name: "Features that use a language model" })
		.click();
	await expect(sync).toBeChecked();
	await expect(
		page.getByRole("switch", { name: "Features that use a language model" }),
	).toBeChecked();
});

test("a fault of the cloud is told in words, and what was there stays", async ({
	dashboard,
	cloud,
}) => {
	await dashboard.signIn();
	await cloud.fault({
		route: "/api/extension-settings",
		status: 200,
		body: "<html>Sign in to the café's network</html>",
	});
	await dashboard.refresh();
	await expect(dashboard.settings.getByRole("alert")).toContainText(
		"thrown away, and what you had stays",
	);
	await expect(dashboard.settings.getByText("after 30 days")).toBeVisible();
	await cloud.clearFaults();
	await dashboard.refresh();
	await expect(dashboard.settings.getByRole("alert")).toBeHidden();
});
