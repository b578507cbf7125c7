// Joins the data segments of MODULE.wasm where they lie side by side: join-data.js MODULE.wasm GAP
// wasm-split needs each constant in a segment of its own; 7 bytes go before each, which compress badly. GAP: up to so many bytes between two are
// filled with zeros. They may be another part's, if that is instantiated later.

import { readFileSync, writeFileSync } from "node:fs";
import { number, Reader, section, sections, signed } from "./wasm.js";

const DATA = 11;
const DATA_COUNT = 12;
const I32_CONST = 0x41;
const END = 0x0b;

function segments(body) {
	const reader = new Reader(body);
	const found = [];
	for (let left = reader.number(); left > 0; left -= 1) {
		if (reader.number() !== 0 || reader.take(1)[0] !== I32_CONST)
			throw new Error("a segment that does not lie at a known place");
		const start = reader.signed();
		if (reader.take(1)[0] !== END) throw new Error("no constant");
		found.push({ start, bytes: reader.take(reader.number()) });
	}
	return found
		.filter(({ bytes }) => bytes.length > 0)
		.sort((a, b) => a.start - b.start);
}

function joined(found, gap) {
	const runs = [];
	for (const { start, bytes } of found) {
		const run = runs.at(-1);
		const between = run ? start - run.end : -1;
		if (between >= 0 && between <= gap) {
			run.pieces.push(Buffer.alloc(between), bytes);
			run.end = start + bytes.length;
		} else runs.push({ start, end: start + bytes.length, pieces: [bytes] });
	}
	return runs;
}

const [, , path, gap] = process.argv;
const module = readFileSync(path);
const written = sections(module)
	// It counts the segments for instructions that name one, of which there are none.
	.filter(({ id }) => id !== DATA_COUNT)
	.map(({ id, body }) => {
		if (id !== DATA) return section(id, body);
		const runs = joined(segments(body), Number(gap));
		return section(
			DATA,
			number(runs.length),
			...runs.flatMap(({ start, end, pieces }) => [
				Buffer.from([0, I32_CONST]),
				signed(start),
				Buffer.from([END]),
				number(end - start),
				...pieces,
			]),
		);
	});
writeFileSync(path, Buffer.concat([module.subarray(0, 8), ...written]));
