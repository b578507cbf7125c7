// Writes the module as a script: inline.js MODULE.wasm SCRIPT.js
// Compressed first: base64 of the plain bytes would be three times as long, and what compresses a transfer finds little in base64.

import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const [, , module, script] = process.argv;
const bytes = gzipSync(readFileSync(module), { level: 9 });
writeFileSync(
	script,
	`// roo_cloud_web_bg.wasm, compressed with gzip, in base64. Generated.\nexport default "${bytes.toString("base64")}";\n`,
);
