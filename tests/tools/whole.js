// Writes both parts of the module as one: whole.js FIRST.wasm ONLINE.wasm WHOLE.wasm
// The second becomes a custom section of the first (WebAssembly core specification, 5.5.3), which engines skip; pkg/part.js looks for it.

import { readFileSync, writeFileSync } from "node:fs";

const SECTION = "roo-cloud-web.online";

/** Unsigned LEB128. */
function size(value) {
	const bytes = [];
	do {
		bytes.push((value & 127) | (value > 127 ? 128 : 0));
		value >>>= 7;
	} while (value > 0);
	return Buffer.from(bytes);
}

const [, , first, online, whole] = process.argv;
const part = readFileSync(online);
const name = Buffer.from(SECTION);
const content = Buffer.concat([size(name.length), name, part]);
writeFileSync(
	whole,
	Buffer.concat([
		readFileSync(first),
		Buffer.from([0]),
		size(content.length),
		content,
	]),
);
