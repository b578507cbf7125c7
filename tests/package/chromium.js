// Chromium, to open what is served in.

import { execFileSync } from "node:child_process";
import { chromium } from "@playwright/test";

/** Debian's Chromium: nothing is downloaded. */
export function launch() {
	const executablePath =
		process.env.CHROMIUM_BINARY ||
		execFileSync(
			"sh",
			["-c", "command -v chromium || command -v chromium-browser"],
			{ encoding: "utf8" },
		).trim();
	return chromium.launch({
		executablePath,
		args: ["--no-sandbox", "--disable-dev-shm-usage"],
	});
}

/** Opens `url` and resolves with what the page puts into `globalThis.outcome`; fails with what the page complained of. */
export async function outcome(browser, url) {
	const page = await browser.newPage();
	const complaints = [];
	page.on("pageerror", (error) => complaints.push(error.message));
	page.on("console", (message) => {
		if (message.type() === "error") complaints.push(message.text());
	});
	try {
		await page.goto(url);
		const handle = await page.waitForFunction(() => globalThis.outcome, null, {
			timeout: 15_000,
		});
		return await handle.jsonValue();
	} catch (error) {
		throw new Error([error.message, ...complaints].join("\n"));
	} finally {
		await page.close();
	}
}
