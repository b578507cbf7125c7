// Writes both parts of the module as one: whole.js FIRST.wasm ONLINE.wasm WHOLE.wasm
// The second becomes a custom section of the first (WebAssembly core specification, 5.5.3), which engines skip; src/face/part.js looks for it.

import { readFileSync, writeFileSync } from "node:fs";
import { number, section } from "./wasm.js";

const SECTION = "roo-cloud-web.online";

const [, , first, online, whole] = process.argv;
const custom = section(
	0,
	number(SECTION.length),
	Buffer.from(SECTION),
	readFileSync(online),
);
writeFileSync(whole, Buffer.concat([readFileSync(first), custom]));
