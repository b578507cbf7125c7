// What a test starts ends with it, however it ends.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { newProfile } from "./browsers.js";

/** How many processes of `groups` there are; one that is dead and not yet buried is none. */
function left(groups) {
	const rows = execFileSync("ps", ["-eo", "pgid=,stat="], { encoding: "utf8" });
	return rows
		.split("\n")
		.map((row) => row.trim().split(/\s+/))
		.filter(([group, state]) => groups.includes(group) && state[0] !== "Z")
		.length;
}

for (const signal of ["SIGTERM", "SIGINT"]) {
	test(`a process that ends by ${signal} leaves no browser and no screen behind`, {
		timeout: 60_000,
	}, async (t) => {
		const profile = await newProfile();
		const source = `
			import { launch } from ${JSON.stringify(new URL("browsers.js", import.meta.url).href)};
			await launch("chromium", { profile: ${JSON.stringify(profile.path)}, urls: ["about:blank"] });
			console.log("started");
			setInterval(() => {}, 1_000);`;
		let groups = [];
		const owner = spawn(
			process.execPath,
			["--input-type=module", "--eval", source],
			{ stdio: ["ignore", "pipe", "inherit"] },
		);
		t.after(async () => {
			for (const id of [owner.pid, ...groups.map((group) => -group)])
				try {
					process.kill(id, "SIGKILL");
				} catch {
					// As it should be.
				}
			await profile.remove();
		});
		await once(owner.stdout, "data");
		// Each leads a group of its own.
		groups = execFileSync("ps", ["-o", "pid=", "--ppid", owner.pid], {
			encoding: "utf8",
		})
			.trim()
			.split(/\s+/);
		assert.equal(groups.length, 2);
		// The browser has begun, and has processes of its own.
		while (left(groups) <= 2) await sleep(20, undefined, { signal: t.signal });
		owner.kill(signal);
		await once(owner, "exit");
		// Who is killed is gone a moment later.
		while (left(groups) > 0) await sleep(20, undefined, { signal: t.signal });
	});
}
