// The sum at the end of `make test` can be believed: every runner's closing lines are counted, and nothing passes by not running.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

/** Runs one test stage whose runner prints `output`, then does `last`; the stage may take `limit`. */
function run(output, last = "true", limit = "1m") {
	const script = `
		source ${FOLDER}environment.sh
		STAGE_LIMIT=${limit}
		source ${FOLDER}stages.sh
		test_stage "the stage" bash -c 'printf "%s\\n" "$OUTPUT"; ${last}' >/dev/null
		printf '%s %s %s\\n' "$tests_passed" "$tests_failed" "\${#failed_stages[@]}"`;
	const { stdout, stderr } = spawnSync("bash", ["-c", script], {
		encoding: "utf8",
		env: { ...process.env, OUTPUT: output },
	});
	assert.equal(stderr, "");
	const [passed, failed, failedStages] = stdout.trim().split(" ").map(Number);
	return { passed, failed, failedStages };
}

const RUNNERS = {
	"cargo test":
		"test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n" +
		"test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
	"wasm-bindgen-test-runner":
		"test result: ok. 15 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.01s",
	"node --test":
		"ℹ tests 15\nℹ suites 0\nℹ pass 15\nℹ fail 0\nℹ cancelled 0\nℹ skipped 0\nℹ todo 0",
	Playwright: "Running 15 tests using 2 workers\n\n  15 passed (4.2s)",
};

for (const [runner, output] of Object.entries(RUNNERS)) {
	test(`${runner}: its tests are counted`, () => {
		assert.deepEqual(run(output), { passed: 15, failed: 0, failedStages: 0 });
	});
}

test("failures are counted, and fail the stage once", () => {
	assert.deepEqual(
		run("  2 failed\n    a.spec.ts\n  1 passed (3.0s)", "exit 1"),
		{
			passed: 1,
			failed: 2,
			failedStages: 1,
		},
	);
	assert.deepEqual(
		run("test result: FAILED. 4 passed; 1 failed; 0 ignored", "exit 101"),
		{ passed: 4, failed: 1, failedStages: 1 },
	);
});

test("a runner that dies uncounted has failed", () => {
	assert.deepEqual(run("error: could not compile", "exit 101"), {
		passed: 0,
		failed: 1,
		failedStages: 1,
	});
});

test("a runner that hangs after its tests is ended, and has failed", () => {
	assert.deepEqual(run("ℹ pass 2\nℹ fail 0", "sleep 600 & wait", "1s"), {
		passed: 2,
		failed: 1,
		failedStages: 1,
	});
});

test("a skipped test, and no test at all, fail the stage", () => {
	for (const output of [
		"test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured",
		"ℹ pass 2\nℹ fail 0\nℹ skipped 1",
		"  1 skipped\n  2 passed (1.0s)",
		"",
	]) {
		const { failed, failedStages } = run(output);
		assert.deepEqual({ failed, failedStages }, { failed: 1, failedStages: 1 });
	}
});

test("a test that passed at its second try has failed", () => {
	assert.equal(run("  1 flaky\n  2 passed (1.0s)").failedStages, 1);
});
