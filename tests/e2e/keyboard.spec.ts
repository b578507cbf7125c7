import type { Locator, Page } from "@playwright/test";
import { expect, test } from "./dashboard";

const MOST_STEPS = 120;

/** Goes to a control by Tab alone. */
async function tabTo(page: Page, control: Locator): Promise<void> {
	await control.waitFor();
	for (let step = 0; step < MOST_STEPS; step += 1) {
		if (
			await control.evaluate((element) => element === document.activeElement)
		) {
			return;
		}
		await page.keyboard.press("Tab");
	}
	throw new Error(`${control} is not reached by Tab`);
}

async function press(
	page: Page,
	control: Locator,
	key = "Enter",
): Promise<void> {
	await tabTo(page, control);
	await page.keyboard.press(key);
}

test("everything is done without a pointer", async ({ page, dashboard }) => {
	await page.goto("/");
	await press(page, page.getByRole("button", { name: "Sign in", exact: true }));
	await press(page, page.getByRole("button", { name: /^Ana Lindqvist/ }));
	await dashboard.expectSignedIn("Ana Lindqvist");

	await press(page, page.getByRole("link", { name: "Skip to the content" }));
	await expect(page.getByRole("main")).toBeFocused();
	await press(
		page,
		dashboard.preview.getByRole("button", { name: "Merge now" }),
	);
	await expect(dashboard.preview).toBeHidden();

	await press(
		page,
		dashboard.profiles.getByRole("button", { name: "Add profile" }),
	);
	await tabTo(page, page.getByLabel("Name"));
	await page.keyboard.type("By keyboard");
	await page.keyboard.press("Enter");
	await expect(dashboard.profile("By keyboard")).toBeVisible();
	await expect(
		dashboard.profiles.getByRole("button", { name: "Add profile" }),
	).toBeFocused();

	const edit = dashboard.profiles.getByRole("button", {
		name: "Edit By keyboard",
	});
	await press(page, edit);
	await expect(page.getByRole("dialog")).toBeVisible();
	await page.keyboard.press("Escape");
	await expect(page.getByRole("dialog")).toBeHidden();
	await expect(edit).toBeFocused();

	await press(
		page,
		dashboard.share.getByRole("button", { name: /^Share Make/ }),
	);
	await press(
		page,
		page.getByRole("button", { name: "Share and copy the link" }),
	);
	await expect(page.getByLabel("Link")).toBeFocused();
	await page.keyboard.press("Escape");

	await press(page, page.getByRole("button", { name: /^Account of/ }));
	await press(
		page,
		page.getByRole("button", { name: "Sign out", exact: true }),
	);
	await dashboard.expectSignedOut();
});

test("the focus can be seen wherever it goes", async ({ page, dashboard }) => {
	await dashboard.signIn();
	await page.locator("body").press("Tab");
	const unseen = new Set<string>();
	for (let step = 0; step < MOST_STEPS; step += 1) {
		const name = await page.evaluate(() => {
			const element = document.activeElement;
			if (!element || element === document.body) {
				return null;
			}
			const { outlineStyle, outlineWidth } = getComputedStyle(element);
			return outlineStyle === "none" || parseFloat(outlineWidth) < 2
				? element.outerHTML.slice(0, 80)
				: "";
		});
		if (name === null) {
			break;
		}
		if (name !== "") {
			unseen.add(name);
		}
		await page.keyboard.press("Tab");
	}
	expect([...unseen]).toEqual([]);
});
