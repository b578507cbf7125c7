import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const TESTS = fileURLToPath(new URL("..", import.meta.url));

/**
 * What `tsc --strict` says of these modules as a user's project would hold them: "" when all is well.
 * @param {Record<string, string>} modules source texts by file name
 * @param {Record<string, string>} aliases what an import of the key resolves to, beside the package itself
 */
export function compile(modules, aliases = {}) {
	const folder = mkdtempSync(join(tmpdir(), "roo-cloud-web-types-"));
	try {
		for (const [name, text] of Object.entries(modules)) {
			writeFileSync(join(folder, name), text);
		}
		const options = {
			extends: join(TESTS, "tsconfig.json"),
			compilerOptions: {
				paths: {
					"roo-cloud-web": [join(TESTS, "../pkg/index.d.ts")],
					"roo-cloud-web/*": [join(TESTS, "../pkg/*.d.ts")],
					react: [join(TESTS, "node_modules/@types/react")],
					"react/*": [join(TESTS, "node_modules/@types/react/*")],
					...Object.fromEntries(
						Object.entries(aliases).map(([name, path]) => [name, [path]]),
					),
				},
				typeRoots: [join(TESTS, "node_modules/@types")],
			},
			files: Object.keys(modules),
			include: [],
		};
		writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
		const tsc = join(TESTS, "node_modules/.bin/tsc");
		const run = spawnSync(tsc, ["-p", ".", "--pretty", "false"], {
			cwd: folder,
			encoding: "utf8",
		});
		if (run.error) throw run.error;
		return run.status === 0 ? "" : run.stdout || `tsc ended with ${run.status}`;
	} finally {
		rmSync(folder, { recursive: true });
	}
}
