// Prints the licences of the crates that are compiled into the module: whoever passes it on passes these on.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const TARGET = "wasm32-unknown-unknown";
const cargo = (...words) =>
	execFileSync("cargo", words, { encoding: "utf8", maxBuffer: 64 << 20 });

const compiled = new Set(
	cargo(
		...["tree", "--locked", "--edges", "normal,no-proc-macro"],
		...["--target", TARGET, "--prefix", "none", "--format", "{p}"],
	)
		.split("\n")
		.map((line) => line.split(" ").slice(0, 2).join(" ")),
);
const { packages } = JSON.parse(
	cargo(
		...["metadata", "--locked", "--format-version", "1"],
		...["--filter-platform", TARGET],
	),
);

/** The MIT text where a crate gives the choice: it is the short one. */
function text({ authors, manifest_path }) {
	const folder = dirname(manifest_path);
	const files = readdirSync(folder).filter((file) =>
		/^(licen[cs]e|copying|unlicense)/i.test(file),
	);
	const file = files.find((each) => /mit/i.test(each)) ?? files[0];
	if (!file)
		return `Its package holds no text. By ${authors.join(", ")}; the texts of both licences are in LICENSE.`;
	return readFileSync(join(folder, file), "utf8").trim();
}

const crates = packages
	.filter(
		({ name, version, source }) =>
			source && compiled.has(`${name} v${version}`),
	)
	.sort((a, b) => (a.name < b.name ? -1 : 1));
const byText = new Map();
for (const crate of crates) {
	const found = byText.get(text(crate)) ?? [];
	byText.set(text(crate), [...found, crate]);
}
console.log(
	"The module (wasm/) contains these crates, and Rust's standard library, which is licensed as MIT OR Apache-2.0 as well:\n",
);
for (const [licence, owners] of byText) {
	for (const { name, version, license } of owners)
		console.log(`  ${name} ${version} (${license})`);
	console.log(`\n${licence}\n\n${"-".repeat(80)}\n`);
}
