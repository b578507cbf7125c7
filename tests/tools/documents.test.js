// What the documents say can be done can be done: the commands exist, and so does what is linked to.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const makefile = readFileSync(`${ROOT}Makefile`, "utf8");
const targets = [...makefile.matchAll(/^([a-z-]+):/gm)].map(([, name]) => name);
const documents = readdirSync(ROOT)
	.filter((name) => name.endsWith(".md"))
	.map((name) => [name, readFileSync(ROOT + name, "utf8")]);

test("README's first screen has both commands", () => {
	const [, readme] = documents.find(([name]) => name === "README.md");
	const screen = readme.split("\n").slice(0, 30).join("\n");
	assert.match(screen, /make demo/);
	assert.match(screen, /make test/);
});

test("every make command in the documents is a target, and every target says what it does", () => {
	for (const [name, text] of documents) {
		for (const [, target] of text.matchAll(/(?:^|`)make ([a-z-]+)/gm)) {
			assert.ok(targets.includes(target), `${name}: make ${target}`);
		}
	}
	for (const target of targets) {
		assert.match(makefile, new RegExp(`^${target}:.* ## \\S`, "m"));
	}
});

test("every file that a document links to is there", () => {
	for (const [name, text] of documents) {
		for (const [, link] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
			if (/^[a-z]+:/.test(link)) continue;
			assert.ok(existsSync(ROOT + link), `${name} links to ${link}`);
		}
	}
});

test("what is served here is served on ports that browsers go to", async () => {
	const sources = ["tests/tools/docs.sh", "tests/cloud/main.js"]
		.map((name) => readFileSync(ROOT + name, "utf8"))
		.join("\n");
	const ports = [...sources.matchAll(/(?<![\d.])4\d{3}(?!\d)/g)].map(
		([port]) => port,
	);
	assert.ok(ports.length >= 2, `only ${ports} found`);
	for (const port of ports) {
		// Nobody need listen there; it is refused before anybody is asked.
		const failure = await fetch(`http://127.0.0.1:${port}/`).then(
			() => undefined,
			({ cause }) => cause,
		);
		assert.notEqual(failure?.message, "bad port", port);
	}
});
