// Prints what a page loads (raw, gzip -9, brotli), what the bytes of the module's parts are spent on, and whether they are within tests/size-budget.json.
// Usage: node size.js FOLDER, where FOLDER holds the parts of pkg/wasm, first.wasm and online.wasm, with their name sections.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { Reader, sections } from "./wasm.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NAME_SECTION = 0;
const SECTION_NAMES = {
	1: "types",
	2: "imports",
	3: "signatures",
	4: "tables",
	6: "globals",
	7: "exports",
	9: "elements",
	10: "code",
	11: "data",
};

/** How many functions the module imports: they are numbered before its own. */
function importedFunctions(body) {
	const reader = new Reader(body);
	let functions = 0;
	for (let left = reader.number(); left > 0; left -= 1) {
		reader.text();
		reader.text();
		const kind = reader.take(1)[0];
		if (kind === 0 || kind === 4) {
			if (kind === 4) reader.take(1);
			else functions += 1;
			reader.number();
		} else if (kind === 3) reader.take(2);
		else {
			if (kind === 1) reader.take(1);
			const bounded = reader.take(1)[0] & 1;
			reader.number();
			if (bounded) reader.number();
		}
	}
	return functions;
}

function functionNames(body) {
	const reader = new Reader(body);
	const names = new Map();
	if (reader.text() !== "name") return names;
	while (reader.at < body.length) {
		const kind = reader.take(1)[0];
		const inner = new Reader(reader.take(reader.number()));
		if (kind !== 1) continue;
		for (let left = inner.number(); left > 0; left -= 1)
			names.set(inner.number(), inner.text());
	}
	return names;
}

/** [{ name, bytes }] of every function and every other section. */
export function parts(module) {
	const all = sections(module);
	const names = new Map(
		all
			.filter(({ id }) => id === NAME_SECTION)
			.flatMap(({ body }) => [...functionNames(body)]),
	);
	const found = [];
	const imports = all.find(({ id }) => id === 2);
	const offset = imports ? importedFunctions(imports.body) : 0;
	for (const { id, body } of all) {
		if (id === NAME_SECTION) continue;
		if (id !== 10) {
			found.push({
				name: `(${SECTION_NAMES[id] ?? `section ${id}`})`,
				bytes: body.length,
			});
			continue;
		}
		const reader = new Reader(body);
		const count = reader.number();
		for (let i = 0; i < count; i += 1) {
			const start = reader.at;
			reader.take(reader.number());
			found.push({
				name: names.get(offset + i) ?? "(unnamed)",
				bytes: reader.at - start,
			});
		}
	}
	return found;
}

/** The module that a function belongs to: our own room if its name has one anywhere (generic code is paid by who asks for it), else its crate. */
export function owner(name) {
	if (name.startsWith("(")) return name;
	const own = name.match(/roo_cloud_web(?:\[\w+\])?::(\w+)/);
	if (own) return `roo_cloud_web::${own[1]}`;
	const path = name.match(/([a-z_]\w*)(?:\[\w+\])?::(\w+)/);
	if (!path) return "runtime and glue";
	return ["core", "alloc", "std"].includes(path[1])
		? `${path[1]}::${path[2]}`
		: path[1];
}

function weigh(path) {
	const bytes = readFileSync(path);
	return {
		path,
		raw: bytes.length,
		gzip: gzipSync(bytes, { level: 9 }).length,
		brotli: brotliCompressSync(bytes).length,
	};
}

function table(rows) {
	for (const [name, ...numbers] of rows)
		console.log(
			name.padEnd(44) + numbers.map((n) => String(n).padStart(10)).join(""),
		);
}

/** What a page loads, and when. */
const LOADS = {
	first: ["pkg/wasm/first.wasm", "pkg/index.js"],
	online: ["pkg/wasm/online.wasm"],
};

const sum = (weights, unit) =>
	weights.reduce((total, weight) => total + weight[unit], 0);

function spending(namedModule) {
	const byOwner = new Map();
	for (const { name, bytes } of parts(readFileSync(namedModule)))
		byOwner.set(owner(name), (byOwner.get(owner(name)) ?? 0) + bytes);
	const spent = [...byOwner].sort((a, b) => b[1] - a[1]);
	const total = spent.reduce((all, [, bytes]) => all + bytes, 0);
	const share = (bytes) => `${((100 * bytes) / total).toFixed(1)} %`;
	const shown = spent.filter(([, bytes]) => bytes >= total / 200);
	const rest = spent
		.slice(shown.length)
		.reduce((all, [, bytes]) => all + bytes, 0);
	return [
		...shown.map(([name, bytes]) => [name, bytes, share(bytes)]),
		["the rest", rest, share(rest)],
	];
}

function report(named) {
	const budget = JSON.parse(
		readFileSync(`${ROOT}tests/size-budget.json`, "utf8"),
	).gzip;
	const verdicts = [];
	const all = [];
	for (const [part, paths] of Object.entries(LOADS)) {
		const weights = paths.map((path) => ({ ...weigh(ROOT + path), path }));
		all.push(...weights);
		const gzip = sum(weights, "gzip");
		table([
			[`the part "${part}", bytes`, "raw", "gzip -9", "brotli"],
			...weights.map((each) => [each.path, each.raw, each.gzip, each.brotli]),
			["together", sum(weights, "raw"), gzip, sum(weights, "brotli")],
		]);
		console.log();
		table([
			[`what ${part}.wasm is spent on`, "raw", "share"],
			...spending(`${named}/${part}.wasm`),
		]);
		console.log();
		const over = gzip - budget[part];
		verdicts.push(
			`${part}: ${gzip} bytes gzipped of a budget of ${budget[part]}: ${over > 0 ? `${over} too many` : `${-over} left`}`,
		);
		if (over > 0) process.exitCode = 1;
	}
	table([
		["everything", sum(all, "raw"), sum(all, "gzip"), sum(all, "brotli")],
	]);
	console.log(`\n${verdicts.join("\n")}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) report(process.argv[2]);
