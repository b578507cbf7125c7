import { expect, test } from "./dashboard";

test("offline: works from cache, keeps events, and catches up", async ({
	page,
	dashboard,
	context,
	cloud,
}) => {
	await dashboard.signIn();
	await dashboard.merge();
	await expect(
		dashboard.usage.getByRole("img", { name: /by day over 30 days/ }),
	).toBeVisible();
	await context.setOffline(true);
	await expect(dashboard.cacheBanner).toBeVisible();
	await expect(dashboard.profile("meridian-default")).toBeVisible();
	// What was shown stays: usage, and where one could switch to.
	await expect(
		dashboard.usage.getByRole("img", { name: /by day over 30 days/ }),
	).toBeVisible();
	await expect(
		page.getByRole("option", { name: "Juniper Health" }),
	).toBeAttached();
	await dashboard.refresh();
	await expect(dashboard.settings.getByRole("alert")).toContainText("NETWORK");

	await dashboard.activity
		.getByRole("button", { name: "Task created" })
		.click();
	await expect(dashboard.queue.getByText(/^1 event,/)).toBeVisible();
	await dashboard.editProfile("meridian-default", "Temperature", "0.4");

	await context.setOffline(false);
	await expect(dashboard.cacheBanner).toBeHidden();
	await dashboard.queue.getByRole("button", { name: "Send now" }).click();
	await expect(dashboard.queue.getByText(/^0 events,/)).toBeVisible();
	await expect.poll(() => cloud.eventTypes()).toContain("Task Created");
	await dashboard.expectSignedIn("Ana Lindqvist");
});

test("a reload while the cloud is gone shows the cache and says so", async ({
	page,
	dashboard,
	cloud,
}) => {
	await dashboard.signIn();
	await dashboard.merge();
	await cloud.fault({ route: "/api/*", drop: true });
	await cloud.fault({ route: "/oauth/*", drop: true });
	await page.reload();
	await expect(dashboard.cacheBanner).toBeVisible();
	await expect(dashboard.settings.getByText("From the cache")).toBeVisible();
	await expect(dashboard.profile("meridian-default")).toBeVisible();
	await cloud.clearFaults();
	await dashboard.refresh();
	await dashboard.expectSignedIn("Ana Lindqvist");
	await expect(dashboard.cacheBanner).toBeHidden();
});

test("a wrong event is refused here, in words", async ({
	dashboard,
	cloud,
}) => {
	await dashboard.signIn();
	await dashboard.activity
		.getByRole("button", { name: "A wrong event" })
		.click();
	await expect(dashboard.activity.getByRole("alert")).toContainText(
		"INVALID_EVENT",
	);
	await dashboard.queue.getByRole("button", { name: "Send now" }).click();
	await expect(
		dashboard.queue.getByText("0 events delivered, 0 left."),
	).toBeVisible();
	expect(await cloud.eventTypes()).not.toContain("Task Completed");
});
