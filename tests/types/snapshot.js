// The package's declarations without comments, as one text: what a release promises, so that a change of it is seen in a review.
// `node tests/types/snapshot.js` writes it anew.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("../../pkg/", import.meta.url));
const SNAPSHOT = fileURLToPath(new URL("declarations.txt", import.meta.url));

export function declarations() {
	return readdirSync(PACKAGE)
		.filter((name) => name.endsWith(".d.ts"))
		.sort()
		.map((name) => {
			const text = readFileSync(PACKAGE + name, "utf8")
				.replace(/\/\*\*[\s\S]*?\*\//g, "")
				.replace(/(^|\s)\/\/ .*$/gm, "$1")
				.replace(/[ \t]+$/gm, "")
				.replace(/\n{2,}/g, "\n");
			return `== ${name}${text.startsWith("\n") ? "" : "\n"}${text}`;
		})
		.join("\n");
}

export const stored = () => readFileSync(SNAPSHOT, "utf8");

if (process.argv[1] === fileURLToPath(import.meta.url))
	writeFileSync(SNAPSHOT, declarations());
