// pkg/index.d.ts, the face that users see, keeps what api.d.ts promises: every value and every type, in both directions, and
// every member by its name, optional ones too, down to the options of a method.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { compile } from "./compiler.js";

const CONTRACT = fileURLToPath(new URL("api.d.ts", import.meta.url));
const FACE = fileURLToPath(new URL("../../pkg/index.d.ts", import.meta.url));

/**
 * An optional member that is missing on one side is assignable all the same, so the names are compared by themselves:
 * "login.0.mode" is the member `mode` of the first argument of `login`.
 */
const NAMES = `
export type Names<T, Depth extends 0[] = []> =
	Depth["length"] extends 3 ? never
	: T extends AbortSignal | typeof fetch ? never
	: T extends (...args: infer A) => unknown ? Names<A, Depth>
	: T extends readonly unknown[] ? Members<T, Exclude<keyof T, keyof unknown[]> & string, Depth>
	: T extends object ? Members<T, Written<T>, Depth>
	: never;
type Written<T> = keyof { [M in keyof T as string extends M ? never : M]: 0 } & string;
type Members<T, M extends keyof T & string, Depth extends 0[]> = {
	[N in M]-?: N | \`\${N}.\${Names<T[N], [...Depth, 0]>}\`;
}[M];
`;

/** What the contract declares: names, and whether they want a type argument. */
function declared(contract) {
	const found = [
		...contract.matchAll(/^export (?:interface|type|class) (\w+)(<?)/gm),
	];
	assert.ok(found.length > 40, `only ${found.length} types found`);
	return found.map(([, name, generic]) => ({ name, generic: generic !== "" }));
}

/** A module that compiles only where the face at `face` and the contract keep to one another. */
function assertions(types, face = "roo-cloud-web") {
	return [
		`import type { Names } from "./names";`,
		`import type * as Contract from "contract";`,
		`import * as face from "${face}";`,
		`import type * as Face from "${face}";`,
		`export const values: typeof Contract = face;`,
		...types.map(({ name, generic }, i) => {
			const [kept, promised] = ["Face", "Contract"].map(
				(side) => `${side}.${name}${generic ? "<never>" : ""}`,
			);
			return `export const to${i}: ${promised} = null as unknown as ${kept};
export const from${i}: ${kept} = null as unknown as ${promised};
export const names${i}: Names<${kept}> = null as unknown as Names<${promised}>;`;
		}),
	].join("\n");
}

/**
 * The face with one member called otherwise, for each member that the contract promises by that name. (Members of the face
 * stand on lines of their own; index signatures and constructors have no name.)
 */
function* brokenFaces(face, contract) {
	const lines = face.split("\n");
	let owner = "";
	for (const [at, line] of lines.entries()) {
		owner = line.match(/^export (?:class|interface) (\w+)/)?.[1] ?? owner;
		if (line === "}") owner = "";
		const member = line.match(/^(\t(?:static )?(?:readonly )?"?)([\w-]+)/);
		if (!owner || !member || / constructor\(/.test(line)) continue;
		const [, before, name] = member;
		const promise = contract
			.split(/^export /m)
			.find((part) => new RegExp(`^(class|interface) ${owner}\\b`).test(part));
		if (!promise?.match(new RegExp(`(?<![\\w.-])"?${name}"?\\??[(<:]`)))
			continue;
		const broken = line.replace(before + name, `${before + name}Broken`);
		yield [`${owner}.${name}`, lines.with(at, broken).join("\n")];
	}
}

test("the face satisfies the contract, and what the contract lets in, the face takes", () => {
	const source = assertions(declared(readFileSync(CONTRACT, "utf8")));
	const modules = { "names.ts": NAMES, "contract.ts": source };
	assert.equal(compile(modules, { contract: CONTRACT }), "");
});

test("a face that breaks any one of its promises does not compile", () => {
	const [face, contract] = [FACE, CONTRACT].map((path) =>
		readFileSync(path, "utf8"),
	);
	const types = declared(contract);
	const broken = [...brokenFaces(face, contract)];
	assert.ok(broken.length > 150, `only ${broken.length} promises found`);
	// Beside the names: what a member gives, and what it takes.
	for (const [what, promised, says] of [
		["gives", "static hasInstance(): boolean", "static hasInstance(): string"],
		["is", "readonly retryable: boolean", "readonly retryable: string"],
		["takes", "isCallback(url: string)", "isCallback(url: number)"],
		["takes by name", "minTtlMs?: number", "minimumTtlMs?: number"],
	]) {
		assert.equal(face.split(promised).length, 2, `${promised} stands once`);
		broken.push([what, face.replace(promised, says)]);
	}
	const modules = { "names.ts": NAMES };
	for (const [i, [what, text]] of broken.entries()) {
		const owner = types.filter(({ name }) => what.split(".")[0] === name);
		modules[`face-${i}.d.ts`] = text;
		modules[`use-${i}.ts`] = assertions(
			owner.length > 0 ? owner : types,
			`./face-${i}.js`,
		);
	}
	const said = compile(modules, { contract: CONTRACT });
	const unseen = broken.filter(
		(_, i) =>
			!said.includes(`\nuse-${i}.ts(`) && !said.startsWith(`use-${i}.ts(`),
	);
	assert.deepEqual(
		unseen.map(([what]) => what),
		[],
	);
});
