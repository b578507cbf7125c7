// The start beside the import of the stack that a page would otherwise put together: in the same page and run, each first by turns.

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { buildSync } from "esbuild";
import { figure, medianOf } from "./figures.js";

/** The stack as its user would bundle it: minified, without what is not used. */
export function bundleStack() {
	const { outputFiles } = buildSync({
		entryPoints: [fileURLToPath(new URL("stack.js", import.meta.url))],
		bundle: true,
		minify: true,
		format: "esm",
		target: "es2022",
		write: false,
	});
	return outputFiles[0].contents;
}

/**
 * @param {Uint8Array} bundle
 * @param {() => Promise<import("playwright-core").Page>} open gives a page after a first visit
 * @param {number} runs
 */
export async function measureStack(bundle, open, runs) {
	const measured = [];
	// The first fills the HTTP cache, the second is the first to have code in it.
	for (let run = -2; run < runs; run += 1) {
		const page = await open();
		const times = await page.evaluate(
			async (stackFirst) =>
				(await import("/tests/bench/start.js")).beside(stackFirst),
			run % 2 === 0,
		);
		if (run >= 0) measured.push(times);
		await page.close();
	}
	const importMs = medianOf(measured, "importMs");
	const totalMs = medianOf(measured, "totalMs");
	const bytes = gzipSync(bundle, { level: 9 }).length;
	const names = "oidc-client-ts, zod, idb, posthog-js (slim)";
	figure(`${names}: gzip -9`, bytes / 1024, "KiB");
	figure("  import", importMs, "ms");
	figure("  import to first snapshot, in the same page", totalMs, "ms");
	figure("  against that import", totalMs / importMs, "x", 0.5);
}
