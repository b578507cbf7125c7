import { expect, test } from "./dashboard";

const SHARE = "Share Make the retry loop give up";

test("a task is shared and its link is in the clipboard, and opens", async ({
	page,
	dashboard,
	context,
	cloud,
}) => {
	await context.grantPermissions(["clipboard-read", "clipboard-write"], {
		origin: cloud.addresses.dashboardUrl,
	});
	await dashboard.signIn();
	await dashboard.share.getByRole("button", { name: SHARE }).click();
	const dialog = page.getByRole("dialog");
	await expect(dialog).toContainText("The link works for 30 days.");
	await dialog.getByLabel("Everybody who has it").check();
	await dialog.getByRole("button", { name: "Share and copy the link" }).click();
	await expect(dialog).toContainText("The link is in the clipboard.");

	const link = await dialog.getByLabel("Link").inputValue();
	expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
	await expect(
		dialog.getByRole("link", { name: "Manage the share" }),
	).toBeVisible();

	const shared = await context.newPage();
	await shared.goto(link);
	await expect(shared.getByText("It stops after five attempts")).toBeVisible();
});

test("H2 a refused clipboard never fails the share, and says why", async ({
	page,
	dashboard,
}) => {
	await page.addInitScript(() => {
		const refuse = () =>
			Promise.reject(new DOMException("refused", "NotAllowedError"));
		Object.defineProperty(navigator.clipboard, "write", { value: refuse });
		Object.defineProperty(navigator.clipboard, "writeText", { value: refuse });
	});
	await dashboard.signIn();
	await dashboard.share.getByRole("button", { name: SHARE }).click();
	const dialog = page.getByRole("dialog");
	await dialog.getByRole("button", { name: "Share and copy the link" }).click();
	await expect(dialog).toContainText("The link was not copied.");
	await expect(dialog).toContainText("The share exists and its link works.");
	await expect(dialog.getByLabel("Link")).toHaveValue(/\/share\//);
});

test("an organization that forbids public links is heeded", async ({
	page,
	dashboard,
}) => {
	await dashboard.signIn("Ana Lindqvist");
	await page.getByLabel("Organization").selectOption("Juniper Health");
	await expect(dashboard.settings.getByText("after 7 days")).toBeVisible();
	await dashboard.share.getByRole("button", { name: SHARE }).click();
	await expect(
		page.getByRole("dialog").getByLabel("Everybody who has it"),
	).toBeDisabled();
});

test("a task that nobody knows cannot be shared by its id", async ({
	page,
	dashboard,
}) => {
	await dashboard.signIn();
	await dashboard.share
		.getByLabel("Another task, by its id")
		.fill("no-such-task");
	await dashboard.share
		.getByRole("button", { name: "Share…", exact: true })
		.last()
		.click();
	await page
		.getByRole("dialog")
		.getByRole("button", { name: "Share and copy the link" })
		.click();
	await expect(page.getByRole("dialog").getByRole("alert")).toContainText(
		"TASK_NOT_FOUND",
	);
});
