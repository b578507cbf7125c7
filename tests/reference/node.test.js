import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import * as face from "../../pkg/index.js";
import { COUNTS, replay } from "./replay.js";

const read = (path) => readFileSync(new URL(path, import.meta.url));

before(() => face.initSync(read("../../pkg/wasm/roo_cloud_web_bg.wasm")));

for (const kind of Object.keys(COUNTS)) {
	test(`in Node, the package answers ${kind}.json as the reference does`, () => {
		const cases = JSON.parse(read(`vectors/${kind}.json`));
		assert.deepEqual(replay(face, kind, cases), []);
	});
}
