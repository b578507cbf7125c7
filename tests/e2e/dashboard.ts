import { test as base, expect, type Page } from "@playwright/test";
import { Cloud } from "./cloud";
import { SecretWatch } from "./secrets";

export { expect };

interface Fixtures {
	cloud: Cloud;
	/** The dashboard, in the first tab. */
	dashboard: Dashboard;
	/** What no page may do: throw, break the content security policy, or tell a window something (J2), a popup or its opener. */
	faultless: undefined;
	/** What no page may tell, store or send. */
	secrets: SecretWatch;
}

export const test = base.extend<Fixtures>({
	// biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to learn what is needed.
	cloud: async ({}, use) => {
		const cloud = await Cloud.start();
		await use(cloud);
		await cloud.stop();
	},
	baseURL: async ({ cloud }, use) => use(cloud.addresses.dashboardUrl),
	dashboard: async ({ page }, use) => use(new Dashboard(page)),
	faultless: [
		async ({ context }, use) => {
			const faults: string[] = [];
			context.on("weberror", (error) => faults.push(String(error.error())));
			context.on("console", (message) => {
				if (/content security policy|wasm|panicked|J2/i.test(message.text())) {
					faults.push(message.text());
				}
			});
			await context.addInitScript(() => {
				const post = globalThis.postMessage;
				globalThis.postMessage = (...args: unknown[]) => {
					console.error("J2: posted to a window", ...args);
					Reflect.apply(post, globalThis, args);
				};
			});
			await use(undefined);
			expect(faults).toEqual([]);
		},
		{ auto: true },
	],
	secrets: [
		async ({ context, cloud }, use) => {
			const watch = new SecretWatch(context, cloud.addresses);
			await use(watch);
			expect(await watch.leaks()).toEqual([]);
		},
		{ auto: true },
	],
});

/** The dashboard as a person finds their way in it. */
export class Dashboard {
	constructor(readonly page: Page) {}

	/** Signs in by redirect, as one of the seeded people, and waits for the profiles. */
	async signIn(person = "Ana Lindqvist"): Promise<void> {
		await this.page.goto("/");
		await this.page
			.getByRole("button", { name: "Sign in", exact: true })
			.click();
		await choosePerson(this.page, person);
		await this.expectSignedIn(person);
	}

	async expectSignedIn(person: string): Promise<void> {
		await expect(
			this.page.getByRole("button", { name: `Account of ${person}` }),
		).toBeVisible();
		await expect(
			this.page.getByRole("banner").getByText("Session open"),
		).toBeVisible();
		await expect(
			this.settings.getByText("Version", { exact: true }),
		).toBeVisible();
	}

	async expectSignedOut(): Promise<void> {
		await expect(
			this.page.getByRole("heading", { name: "Sign in to Roo Cloud" }),
		).toBeVisible();
	}

	async signOut(): Promise<void> {
		await this.page.getByRole("button", { name: /^Account of/ }).click();
		await this.page
			.getByRole("button", { name: "Sign out", exact: true })
			.click();
	}

	/** Merges what the preview shows. */
	async merge(): Promise<void> {
		await this.preview.getByRole("button", { name: "Merge now" }).click();
		await expect(this.preview).toBeHidden();
	}

	async refresh(): Promise<void> {
		await this.settings.getByRole("button", { name: "Refresh" }).click();
	}

	/** Writes one field of a profile, by the form. */
	async editProfile(name: string, field: string, value: string): Promise<void> {
		await this.profiles
			.getByRole("button", { name: `Edit ${name}`, exact: true })
			.click();
		const dialog = this.page.getByRole("dialog");
		await dialog.getByLabel(field).fill(value);
		await dialog.getByRole("button", { name: "Save" }).click();
		await expect(dialog).toBeHidden();
	}

	profile(name: string) {
		return this.profiles.getByRole("row").filter({
			has: this.page.getByRole("rowheader", {
				name: new RegExp(`^${name}\\b`),
			}),
		});
	}

	get profiles() {
		return this.page.getByRole("region", { name: "Provider profiles" });
	}

	get preview() {
		return this.page.getByRole("region", { name: "The next merge" });
	}

	get settings() {
		return this.page.getByRole("region", { name: "Settings", exact: true });
	}

	get share() {
		return this.page.getByRole("region", { name: "Share a task" });
	}

	get queue() {
		return this.page.getByRole("region", { name: "Event queue" });
	}

	get activity() {
		return this.page.getByRole("region", { name: "Activity" });
	}

	get usage() {
		return this.page.getByRole("region", { name: "Usage", exact: true });
	}

	get cacheBanner() {
		return this.page.getByText(
			"The cloud cannot be reached: this page works from its cache.",
		);
	}
}

/** On the cloud's sign-in page. */
export async function choosePerson(page: Page, person: string): Promise<void> {
	await page.getByRole("button", { name: new RegExp(`^${person}`) }).click();
}
