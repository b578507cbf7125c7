// What the package promises changes only where somebody says so, and it is told in words.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { errorCodes } from "../tools/error-pages.js";
import { compile } from "./compiler.js";
import { declarations, stored } from "./snapshot.js";

const PACKAGE = fileURLToPath(new URL("../../pkg/", import.meta.url));
const faces = readdirSync(PACKAGE).filter((name) => name.endsWith(".d.ts"));

test("the declarations are those that were agreed on; `node tests/types/snapshot.js` agrees to others", () => {
	assert.equal(declarations(), stored());
});

test("events, options and errors narrow, and what is wrong does not compile", () => {
	const name = "narrowing.ts";
	const text = readFileSync(new URL(name, import.meta.url), "utf8");
	assert.equal(compile({ [name]: text }), "");
	// Each expected error is one: with the wrong line gone, the compiler says that nothing is wrong.
	const expected = text.match(/@ts-expect-error/g).length;
	const plain = text.replaceAll("@ts-expect-error", "expected");
	const errors = compile({ [name]: plain }).match(/error TS/g);
	assert.ok(errors.length >= expected, `${errors.length} of ${expected}`);
});

for (const face of faces) {
	test(`everything that ${face} exports is told of, and every function and method has an example`, () => {
		const text = readFileSync(PACKAGE + face, "utf8");
		const bare = [
			...text.matchAll(
				/(?<!\*\/\n)^export (?:default )?(?:class|interface|type|function|const) (\w+)/gm,
			),
		].map(([, name]) => name);
		// An overload is told of where the first one is.
		assert.deepEqual(bare, []);
		const callable = [
			...text.matchAll(/^export class [\s\S]*?^}/gm),
			...text.matchAll(
				/^\/\*\*(?:(?!\*\/)[\s\S])*\*\/\nexport (default )?function.*$/gm,
			),
		].join("\n");
		const methods = callable.matchAll(
			/((?:^[ \t]+\*.*\n)+)^(?:export (?:default )?function |\t(?:static )?)(\w+)(?:<[^>]*>)?\(/gm,
		);
		const missing = [...methods]
			.filter(([, comment]) => !comment.includes("```ts"))
			.map(([, , name]) => name);
		assert.deepEqual(missing, []);
	});
}

test("every error code has a page: what happened, what stayed, what to do", async () => {
	const codes = await errorCodes();
	const face = readFileSync(`${PACKAGE}index.d.ts`, "utf8");
	const [, union] = face.match(/export type CloudErrorCode =([^;]+);/);
	const declared = union.match(/[A-Z_]+/g);
	assert.deepEqual(codes.map(({ code }) => code).sort(), declared.sort());
	for (const { code, meaning, what, intact, next } of codes)
		assert.ok(meaning && what && intact && next, code);
});
