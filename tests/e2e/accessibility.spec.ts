import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import type { AxeResults } from "axe-core";
import { expect, test } from "./dashboard";

const AXE = readFileSync(
	createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
	"utf8",
);

/** Every rule that axe-core knows and that is not experimental. */
async function violations(page: Page): Promise<string[]> {
	await page.evaluate(AXE);
	const results: AxeResults = await page.evaluate("axe.run(document)");
	return results.violations.map(
		({ id, nodes }) =>
			`${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`,
	);
}

for (const colorScheme of ["light", "dark"] as const) {
	for (const width of [1280, 360]) {
		test.describe(`${colorScheme}, ${width} px`, () => {
			test.use({ colorScheme, viewport: { width, height: 800 } });

			test("nothing stands in anybody's way", async ({
				page,
				dashboard,
				cloud,
			}) => {
				await page.goto("/");
				await dashboard.expectSignedOut();
				expect(await violations(page)).toEqual([]);

				await dashboard.signIn();
				await dashboard.usage.getByRole("img").waitFor();
				expect(await violations(page), "the next merge").toEqual([]);
				await dashboard.merge();
				await dashboard.editProfile("meridian-default", "Temperature", "0.3");
				await cloud.editProfile("org_meridian", "meridian-default", {
					modelTemperature: 0.7,
				});
				await dashboard.refresh();
				await dashboard.preview.getByRole("group").waitFor();
				expect(await violations(page), "a conflict").toEqual([]);

				await dashboard.profiles
					.getByRole("button", { name: "Edit meridian-default" })
					.click();
				expect(await violations(page), "the profile's form").toEqual([]);
				await page.keyboard.press("Escape");

				await dashboard.share
					.getByRole("button", { name: /^Share Make/ })
					.click();
				await page
					.getByRole("button", { name: "Share and copy the link" })
					.click();
				await page.getByLabel("Link").waitFor();
				expect(await violations(page), "a share").toEqual([]);
				await page.keyboard.press("Escape");

				await dashboard.activity
					.getByRole("button", { name: "A wrong event" })
					.click();
				await dashboard.activity.getByRole("alert").waitFor();
				await page.getByText("As a table").click();
				await page.getByText("Everything, as JSON").click();
				await page.getByRole("button", { name: /^Account of/ }).click();
				expect(await violations(page), "all that opens").toEqual([]);

				const overflow = await page.evaluate(
					() => document.documentElement.scrollWidth - window.innerWidth,
				);
				expect(overflow, "nothing is wider than the page").toBeLessThanOrEqual(
					0,
				);
			});
		});
	}
}

test("reduced motion: nothing moves", async ({ page, dashboard }) => {
	await page.emulateMedia({ reducedMotion: "reduce" });
	await dashboard.signIn();
	const moving = await page.evaluate(
		() =>
			[...document.querySelectorAll("*")].filter((element) => {
				const { animationName, transitionDuration } = getComputedStyle(element);
				return animationName !== "none" || parseFloat(transitionDuration) > 0;
			}).length,
	);
	expect(moving).toBe(0);
});
