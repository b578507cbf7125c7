// Every TypeScript example that users read compiles under tsc --strict against the package.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { compile } from "./compiler.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The ```ts and ```tsx blocks of a Markdown text or of doc comments, as modules; where one speaks of `cloud` without making it, it is there. */
function examples(text) {
	const blocks = text.matchAll(/^([ \t*]*)```tsx?\n([\s\S]*?)^[ \t*]*```/gm);
	return [...blocks].map(([, margin, block]) => {
		const code = block
			.split("\n")
			.map((line) => line.replace(margin.trimEnd(), ""))
			.join("\n");
		const made = /\b(const|let|var) cloud\b|import [^"]*\bcloud\b/.test(code);
		const given = made
			? ""
			: 'declare const cloud: import("roo-cloud-web").CloudService;\n';
		return `${given}${code}\nexport {};\n`;
	});
}

for (const document of [
	"README.md",
	"ARCHITECTURE.md",
	"pkg/README.md",
	...readdirSync(`${ROOT}pkg`)
		.filter((name) => name.endsWith(".d.ts"))
		.map((name) => `pkg/${name}`),
]) {
	test(`the examples of ${document} compile`, () => {
		assert.ok(existsSync(ROOT + document), `${document} is missing`);
		const found = examples(readFileSync(ROOT + document, "utf8"));
		if (found.length === 0) return;
		const modules = Object.fromEntries(
			found.map((code, i) => [`example-${i + 1}.tsx`, code]),
		);
		assert.equal(compile(modules), "");
	});
}

test("an example in a doc comment is found, and one that is wrong does not compile", () => {
	const wrong =
		" * ```ts\n * const n: string = await cloud.creditBalance();\n * ```\n";
	const [code] = examples(wrong);
	assert.match(
		compile({ "example.ts": code }),
		/example\.ts\(2,.*error TS2322/,
	);
});
