// Prints where each file of the package comes from, and its SHA-256: provenance.js FOLDER

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [, , folder] = process.argv;

function run(command, ...words) {
	try {
		return execFileSync(command, words, {
			encoding: "utf8",
			stdio: ["ignore", "pipe", "ignore"],
		}).trim();
	} catch {
		return null;
	}
}

const GENERATED = {
	"wasm/roo_cloud_web_bg.wasm":
		"src/, compiled by rustc, wasm-bindgen and wasm-opt",
	"index.js":
		"src/face/, and src/bindings/ by wasm-bindgen; put together by esbuild",
	"wasm/inline.js":
		"wasm/roo_cloud_web_bg.wasm, by gzip and tests/tools/inline.js",
	"THIRD-PARTY-LICENSES": "Cargo.lock, by tests/tools/licences.js",
	LICENSE: "LICENSE",
};

const files = {};
for (const path of readdirSync(folder, { recursive: true }).sort()) {
	if (!/\.(js|d\.ts|wasm|md)$|LICENSE/.test(path)) continue;
	files[path] = {
		from: GENERATED[path] ?? `pkg/${path}`,
		sha256: createHash("sha256")
			.update(readFileSync(join(folder, path)))
			.digest("hex"),
	};
}
const changed = run("git", "status", "--porcelain");
console.log(
	JSON.stringify(
		{
			commit: run("git", "rev-parse", "HEAD"),
			// Built from more than the commit: somebody was at work.
			uncommittedChanges: changed === null ? null : changed !== "",
			tools: {
				rustc: run("rustc", "--version"),
				wasmBindgen: run("wasm-bindgen", "--version"),
				wasmOpt: run("wasm-opt", "--version"),
			},
			files,
		},
		null,
		"\t",
	),
);
