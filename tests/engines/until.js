import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";

/**
 * Waits until `condition` gives something, for ten seconds at most, and gives that.
 * @template T
 * @param {() => T | Promise<T>} condition
 */
export async function until(condition) {
	for (const endsAt = Date.now() + 10_000; ; await wait(50)) {
		const met = await condition();
		if (met) return met;
		assert.ok(Date.now() < endsAt, `it did not come to ${condition}`);
	}
}
