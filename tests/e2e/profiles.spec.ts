import { expect, test } from "./dashboard";
import { TYPED_KEY } from "./secrets";

const CONFLICT = "meridian-default: modelTemperature was changed on both sides";

test("the first merge is shown before it happens, and brings the cloud's profiles without keys", async ({
	dashboard,
}) => {
	await dashboard.signIn();
	await expect(dashboard.preview).toContainText("Add meridian-default");
	await expect(dashboard.preview).toContainText("keys never come from there");
	await expect(dashboard.profile("meridian-default")).toBeHidden();
	await dashboard.merge();
	await expect(dashboard.profile("meridian-default")).toContainText("cloud");
	await expect(dashboard.profile("staging-gateway")).not.toContainText(
		"secret",
	);
});

for (const { side, kept } of [
	{ side: "This device", kept: "0.3" },
	{ side: "Cloud", kept: "0.7" },
]) {
	test(`a field changed on both sides is a conflict: ${side} wins`, async ({
		page,
		dashboard,
		cloud,
	}) => {
		await dashboard.signIn();
		await dashboard.merge();
		await dashboard.editProfile("meridian-default", "Temperature", "0.3");
		await expect(dashboard.profile("meridian-default")).toContainText(
			"changed here",
		);
		await cloud.editProfile("org_meridian", "meridian-default", {
			modelTemperature: 0.7,
		});
		await dashboard.refresh();

		const conflict = dashboard.preview.getByRole("group", { name: CONFLICT });
		await expect(conflict.getByLabel("Cloud")).toBeChecked();
		await conflict.getByLabel(side).check();
		await dashboard.merge();

		await dashboard.profiles
			.getByRole("button", { name: "Edit meridian-default" })
			.click();
		await expect(
			page.getByRole("dialog").getByLabel("Temperature"),
		).toHaveValue(kept);
	});
}

test("a local profile is added, activated, edited and deleted, and its key stays here", async ({
	page,
	dashboard,
}) => {
	const sent: string[] = [];
	page.on("request", (request) =>
		sent.push(`${request.url()} ${request.postData()}`),
	);
	await dashboard.signIn();
	await dashboard.merge();
	await dashboard.profiles.getByRole("button", { name: "Add profile" }).click();
	const dialog = page.getByRole("dialog");
	await dialog.getByLabel("Name").fill("My own");
	await dialog.getByLabel("Model").fill("claude-haiku-4-5");
	await dialog.getByLabel("API key").fill(TYPED_KEY);
	await dialog.getByRole("button", { name: "Save" }).click();
	await expect(dashboard.profile("My own")).toContainText("local");
	await expect(dashboard.profile("My own")).toContainText("secret");

	// The first profile of one's own is the active one, where there was none.
	await expect(dashboard.profile("My own")).toContainText("active");
	await dashboard.profiles
		.getByRole("button", { name: "Activate meridian-default" })
		.click();
	await expect(dashboard.profile("meridian-default")).toContainText("active");
	await dashboard.profiles
		.getByRole("button", { name: "Activate My own" })
		.click();
	await expect(dashboard.profile("My own")).toContainText("active");
	await dashboard.editProfile("My own", "Temperature", "0.5");
	await expect(dashboard.profile("My own")).toContainText("secret");

	await page.reload();
	await dashboard.expectSignedIn("Ana Lindqvist");
	await expect(dashboard.profile("My own")).toContainText("active");

	await dashboard.profiles
		.getByRole("button", { name: "Delete My own" })
		.click();
	await page
		.getByRole("dialog")
		.getByRole("button", { name: "Delete" })
		.click();
	await expect(dashboard.profile("My own")).toBeHidden();
	await expect(
		dashboard.profiles.getByRole("button", { name: "Add profile" }),
	).toBeFocused();
	expect(sent.length).toBeGreaterThan(0);
	expect(sent.join()).not.toContain(TYPED_KEY);
});

test("a cloud profile takes its name from a local one, which is renamed and kept", async ({
	page,
	dashboard,
}) => {
	await dashboard.signIn();
	await dashboard.profiles.getByRole("button", { name: "Add profile" }).click();
	const dialog = page.getByRole("dialog");
	await dialog.getByLabel("Name").fill("gemini-quick");
	await dialog.getByLabel("Model").fill("mine");
	await dialog.getByRole("button", { name: "Save" }).click();
	await expect(dashboard.preview).toContainText(
		"gemini-quick to gemini-quick_local",
	);
	await dashboard.merge();
	await expect(dashboard.profile("gemini-quick_local")).toContainText("mine");
	await expect(dashboard.profile("gemini-quick_local")).toContainText("local");
});

test("merged as they arrive: an edit needs no press of a button", async ({
	page,
	dashboard,
	cloud,
}) => {
	await dashboard.signIn();
	await page
		.getByRole("switch", { name: "Merge cloud profiles as they arrive" })
		.click();
	await expect(dashboard.profile("meridian-default")).toBeVisible();
	await cloud.editProfile("org_meridian", "gemini-quick", {
		apiModelId: "gemini-2.5-pro",
	});
	await dashboard.refresh();
	await expect(dashboard.profile("gemini-quick")).toContainText(
		"gemini-2.5-pro",
	);
	await expect(dashboard.preview).toBeHidden();
});
