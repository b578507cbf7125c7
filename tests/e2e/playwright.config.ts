import { execFileSync } from "node:child_process";
import { defineConfig } from "@playwright/test";

/** Debian's Chromium: Playwright downloads nothing. */
function chromium(): string {
	return (
		process.env.CHROMIUM_BINARY ||
		execFileSync(
			"sh",
			["-c", "command -v chromium || command -v chromium-browser"],
			{
				encoding: "utf8",
			},
		).trim()
	);
}

export default defineConfig({
	testDir: ".",
	testMatch: "*.spec.ts",
	outputDir: "test-results",
	fullyParallel: true,
	workers: 2,
	// A test that passes the second time has found something.
	retries: 0,
	forbidOnly: true,
	reporter: [["list"]],
	timeout: 60_000,
	expect: { timeout: 15_000 },
	use: {
		browserName: "chromium",
		headless: true,
		locale: "en-GB",
		timezoneId: "UTC",
		viewport: { width: 1280, height: 900 },
		launchOptions: {
			executablePath: chromium(),
			args: ["--no-sandbox", "--disable-dev-shm-usage"],
		},
	},
});
