// Every TypeScript example that users read compiles under tsc --strict against the package.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { blocks } from "./blocks.js";
import { compile } from "./compiler.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The examples of a text as modules; where one speaks of `cloud` without making it, it is there. */
function examples(text) {
	return blocks(text).map((code) => {
		const made = /\b(const|let|var) cloud\b|import [^"]*\bcloud\b/.test(code);
		const given = made
			? ""
			: 'declare const cloud: import("roo-cloud-web").CloudService;\n';
		return `${given}${code}\nexport {};\n`;
	});
}

const DOCUMENTS = [
	"README.md",
	"ARCHITECTURE.md",
	"pkg/README.md",
	...readdirSync(`${ROOT}pkg`)
		.filter((name) => name.endsWith(".d.ts"))
		.map((name) => `pkg/${name}`),
	...readdirSync(`${ROOT}www/docs/guides`)
		.filter((name) => name.endsWith(".md"))
		.map((name) => `www/docs/guides/${name}`),
];

/** The names under which the examples of a document are compiled. */
const moduleName = (document, i) =>
	`${document.replaceAll("/", "-")}-${i + 1}.tsx`;

/** All at once: the compiler takes seconds to begin. */
const said = compile(
	Object.fromEntries(
		DOCUMENTS.flatMap((document) =>
			examples(readFileSync(ROOT + document, "utf8")).map((code, i) => [
				moduleName(document, i),
				code,
			]),
		),
	),
);

for (const document of DOCUMENTS) {
	test(`the examples of ${document} compile`, () => {
		const prefix = document.replaceAll("/", "-");
		const faults = said.split("\n").filter((line) => line.startsWith(prefix));
		assert.deepEqual(faults, []);
	});
}

test("and the compiler says nothing else", () => assert.equal(said, ""));

test("an example in a doc comment is found, and one that is wrong does not compile", () => {
	const wrong =
		" * ```ts\n * const n: string = await cloud.creditBalance();\n * ```\n";
	const [code] = examples(wrong);
	assert.match(
		compile({ "example.ts": code }),
		/example\.ts\(2,.*error TS2322/,
	);
});
