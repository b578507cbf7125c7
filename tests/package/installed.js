// The tarball as a user has it: installed by npm into a folder of its own, outside of this repository.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Packs what pkg/ is now and installs it; the folder is deleted with the process. */
export function install() {
	execFileSync(join(ROOT, "tests/tools/pack.sh"), { stdio: "pipe" });
	const folder = mkdtempSync(join(tmpdir(), "roo-cloud-web-installed-"));
	process.once("exit", () => rmSync(folder, { recursive: true }));
	writeFileSync(
		join(folder, "package.json"),
		JSON.stringify({ private: true, type: "module" }),
	);
	execFileSync(
		"npm",
		["install", "--offline", "--no-audit", "--no-fund", tarball()],
		{ cwd: folder, stdio: "pipe" },
	);
	return folder;
}

/** The path of the tarball that `make pack` made last. */
export function tarball() {
	const [name] = readdirSync(join(ROOT, "dist")).filter((each) =>
		each.endsWith(".tgz"),
	);
	return join(ROOT, "dist", name);
}
