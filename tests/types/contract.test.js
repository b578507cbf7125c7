// pkg/index.d.ts, the face that users see, keeps what api.d.ts promises: every value and every type, in both directions.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { compile } from "./compiler.js";

const CONTRACT = fileURLToPath(new URL("api.d.ts", import.meta.url));
const FACE = fileURLToPath(new URL("../../pkg/index.d.ts", import.meta.url));

/** A module that compiles only where the face and the contract are assignable to one another. */
function assertions(contract) {
	const types = [
		...contract.matchAll(/^export (?:interface|type|class) (\w+)(<?)/gm),
	].map(([, name, generic]) => (generic ? `${name}<never>` : name));
	assert.ok(types.length > 40, `only ${types.length} types found`);
	return [
		`import type * as Contract from "contract";`,
		`import * as face from "roo-cloud-web";`,
		`import type * as Face from "roo-cloud-web";`,
		`export const values: typeof Contract = face;`,
		...types.map(
			(name, i) =>
				`export const to${i}: Contract.${name} = null as unknown as Face.${name};\n` +
				`export const from${i}: Face.${name} = null as unknown as Contract.${name};`,
		),
	].join("\n");
}

test("the face satisfies the contract, and what the contract lets in, the face takes", () => {
	const source = assertions(readFileSync(CONTRACT, "utf8"));
	assert.equal(compile({ "contract.ts": source }, { contract: CONTRACT }), "");
});

test("a face that breaks its promise does not compile", () => {
	const face = readFileSync(FACE, "utf8");
	const source = assertions(readFileSync(CONTRACT, "utf8"));
	for (const [promised, broken] of [
		["creditBalance(", "creditBalances("],
		["static hasInstance(): boolean", "static hasInstance(): string"],
		["retryable: boolean", "retryable: string"],
	]) {
		assert.ok(face.includes(promised), promised);
		const modules = {
			"contract.ts": source,
			"face.d.ts": face.replace(promised, broken),
		};
		const said = compile(modules, {
			contract: CONTRACT,
			"roo-cloud-web": "./face.d.ts",
		});
		assert.match(said, /error TS/, `${broken} went unseen`);
	}
});
