// Checks that the crate's modules import one another in one direction only:
//
//   bindings → service → {auth, settings, profiles, share, telemetry} → api → platform
//
// Features do not import each other; error, event, json, secret, sort and uuid are leaves; only platform/browser and bindings know that a browser exists; nothing
// but platform/browser reads a clock; nothing but bindings picks a world. Prints each broken arrow with its place, and fails.

import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";

const LEAVES = ["error", "event", "json", "secret", "sort", "uuid"];
const FEATURES = ["auth", "settings", "profiles", "share", "telemetry"];

/** What each room may import besides itself. */
const MAY_IMPORT = {
	...Object.fromEntries(LEAVES.map((leaf) => [leaf, LEAVES])),
	platform: LEAVES,
	api: ["platform", ...LEAVES],
	...Object.fromEntries(
		FEATURES.map((feature) => [feature, ["api", "platform", ...LEAVES]]),
	),
	service: [...FEATURES, "api", "platform", ...LEAVES],
	bindings: ["service", ...FEATURES, "api", "platform", ...LEAVES],
};

const BROWSER_CRATES =
	/^(web_sys|js_sys|wasm_bindgen|wasm_bindgen_futures|serde_wasm_bindgen|gloo(_\w+)?)$/;
const CLOCKS = /^(SystemTime|Instant)$/;

/** Blanks comments, strings and characters, keeping every line where it is. */
function withoutLiterals(source) {
	const literal =
		/\/\/[^\n]*|\/\*[\s\S]*?\*\/|\bb?r(#*)"[\s\S]*?"\1|b?"(?:[^"\\]|\\[\s\S])*"|b?'(?:[^'\\\n]|\\(?:[^u]|u\{[0-9a-fA-F]+\}))'/g;
	return source.replace(literal, (text) => text.replace(/[^\n]/g, " "));
}

function tokens(source) {
	const found = [];
	let line = 1;
	for (const [text] of withoutLiterals(source).matchAll(
		/\n|[A-Za-z_]\w*|::|[^\s\w]/g,
	)) {
		if (text === "\n") line += 1;
		else found.push({ text, line });
	}
	return found;
}

/** The paths of a use tree that begins at `at`: `a::{b, c::d}` gives [a, b] and [a, c, d]. */
function pathsFrom(list, at, prefix = []) {
	const path = [...prefix];
	let i = at;
	while (/^\w+$/.test(list[i]?.text ?? "")) {
		path.push(list[i].text);
		i += 1;
		if (list[i]?.text !== "::") break;
		i += 1;
	}
	if (list[i]?.text !== "{" || list[i - 1]?.text !== "::")
		return { paths: [path], end: i };
	const paths = [];
	i += 1;
	while (i < list.length && list[i].text !== "}") {
		if (list[i].text === "," || list[i].text === "*") {
			if (list[i].text === "*") paths.push(path);
			i += 1;
			continue;
		}
		const inner = pathsFrom(list, i, path);
		paths.push(...inner.paths);
		i = inner.end;
		while (i < list.length && ![",", "}"].includes(list[i].text)) i += 1;
	}
	return { paths, end: i + 1 };
}

/** Every path in `source` that leads out of its module, from the crate's root on, and every foreign name worth a rule. */
export function references(source, modulePath) {
	const list = tokens(source);
	const found = [];
	const scopes = [];
	for (let i = 0; i < list.length; i += 1) {
		const { text, line } = list[i];
		if (text === "{")
			scopes.push(list[i - 2]?.text === "mod" ? list[i - 1].text : null);
		else if (text === "}") scopes.pop();
		const here = [...modulePath, ...scopes.filter(Boolean)];
		const isPathStart =
			list[i - 1]?.text !== "::" && list[i + 1]?.text === "::";
		if (isPathStart && ["crate", "self", "super"].includes(text)) {
			const { paths } = pathsFrom(list, i);
			const inTests = here.some((module) => /(^|_)tests$/.test(module));
			for (const path of paths)
				found.push({ line, inTests, path: absolute(path, here) });
		} else if (BROWSER_CRATES.test(text))
			found.push({ line, browserCrate: text });
		else if (CLOCKS.test(text)) found.push({ line, clock: text });
	}
	return found;
}

function absolute(path, here) {
	if (path[0] === "crate") return path.slice(1);
	const base = [...here];
	let rest = path;
	while (rest[0] === "self" || rest[0] === "super") {
		if (rest[0] === "super") base.pop();
		rest = rest.slice(1);
	}
	return [...base, ...rest];
}

/** `src/platform/browser/store.rs` is the module platform::browser::store. */
function modulePathOf(file) {
	const parts = file.replace(/\.rs$/, "").split("/");
	return ["mod", "lib"].includes(parts.at(-1)) ? parts.slice(0, -1) : parts;
}

/** What lib.rs re-exports: { CloudError: "error" }. */
function reexports(source) {
	const list = tokens(source);
	const names = {};
	list.forEach(({ text }, i) => {
		if (text !== "use") return;
		const start =
			list[i + 1]?.text === "crate" || list[i + 1]?.text === "self"
				? i + 3
				: i + 1;
		for (const path of pathsFrom(list, start).paths)
			names[path.at(-1)] = path[0];
	});
	return names;
}

/** @param {Record<string, string>} files source texts by path below src/, with forward slashes */
export function brokenWalls(files) {
	const faults = [];
	const roots = reexports(files["lib.rs"] ?? "");
	for (const [file, source] of Object.entries(files)) {
		if (file === "lib.rs") continue;
		const modulePath = modulePathOf(file);
		const room = modulePath[0];
		if (!(room in MAY_IMPORT)) {
			faults.push(
				`src/${file}: '${room}' is no room of this house; tests/tools/walls.js lists them`,
			);
			continue;
		}
		const knowsBrowser =
			room === "bindings" ||
			(room === "platform" && modulePath[1] === "browser");
		for (const { line, path, inTests, browserCrate, clock } of references(
			source,
			modulePath,
		)) {
			const place = `src/${file}:${line}`;
			if (browserCrate && !knowsBrowser)
				faults.push(
					`${place}: only platform/browser and bindings may name ${browserCrate}`,
				);
			if (clock && !knowsBrowser)
				faults.push(`${place}: time comes in through platform, not ${clock}`);
			if (!path) continue;
			const target = roots[path[0]] ?? path[0];
			if (
				target !== undefined &&
				target !== room &&
				!MAY_IMPORT[room].includes(target)
			) {
				faults.push(`${place}: ${room} may not import ${target}`);
			}
			if (
				target === "platform" &&
				room !== "platform" &&
				!(room === "bindings" && path[1] === "browser")
			) {
				if (path[1] === "browser")
					faults.push(`${place}: only bindings may pick platform::browser`);
				if (path[1] === "sim" && !inTests)
					faults.push(`${place}: only tests may pick platform::sim`);
			}
		}
	}
	return faults;
}

function readSources(folder) {
	const files = {};
	for (const name of readdirSync(folder, { recursive: true })) {
		if (name.endsWith(".rs"))
			files[name.split(sep).join("/")] = readFileSync(
				join(folder, name),
				"utf8",
			);
	}
	return files;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const files = readSources(
		fileURLToPath(new URL("../../src", import.meta.url)),
	);
	const faults = brokenWalls(files);
	for (const fault of faults) console.error(fault);
	console.log(
		`${Object.keys(files).length} files read, ${faults.length} broken walls`,
	);
	process.exitCode = faults.length > 0 ? 1 : 0;
}
