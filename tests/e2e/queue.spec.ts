import { expect, test } from "./dashboard";

test("events wait while the cloud refuses them, and are delivered when it takes them again", async ({
	dashboard,
	cloud,
}) => {
	await dashboard.signIn();
	const { queue, activity } = dashboard;
	const decide = async (name: string) => {
		const choice = queue.getByRole("radio", { name });
		await choice.click();
		await expect(choice).toBeChecked();
	};
	await decide("500");
	await activity.getByRole("button", { name: "Task created" }).click();
	await queue.getByRole("button", { name: "Send now" }).click();
	await expect(queue.getByText("Could not send")).toBeVisible();
	await expect(queue.getByText(/^1 event,/)).toBeVisible();

	await decide("Takes them");
	await queue.getByRole("button", { name: "Send now" }).click();
	await expect(queue.getByText(/^0 events,/)).toBeVisible();
	await expect(
		queue.getByRole("img", { name: /delivered by minute, 1 event / }),
	).toBeVisible();
	await expect.poll(() => cloud.eventTypes()).toContain("Task Created");
});
