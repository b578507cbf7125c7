// The tabs of a Chromium that runs: opened, closed, and killed with the process that they live in.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** Chromium writes where it listens, some time after it started, in milliseconds. */
const STARTED_LIMIT_MS = 20_000;

/**
 * @param {{ pid: number }} browser as `launch` gives it
 * @param {string} profile its folder
 */
export async function chromiumTabs(browser, profile) {
	const origin = `http://127.0.0.1:${await portOf(profile)}`;
	const ask = async (path, method = "GET") =>
		(await fetch(`${origin}/json/${path}`, { method })).text();
	return {
		/** @param {string} url */
		open: (url) => ask(`new?${encodeURIComponent(url)}`, "PUT"),
		/** Closes the tab at `url` at once. @param {string} url */
		async close(url) {
			const targets = JSON.parse(await ask("list"));
			const target = targets.find((each) => each.url === url);
			if (target) await ask(`close/${target.id}`);
		},
		/** Kills one of the processes that pages live in, whichever it is. @param {() => number} random */
		killOne(random) {
			const pids = renderersOf(browser.pid);
			process.kill(pids[Math.floor(random() * pids.length)], "SIGKILL");
		},
	};
}

async function portOf(profile) {
	for (const endsAt = Date.now() + STARTED_LIMIT_MS; Date.now() < endsAt; ) {
		try {
			const text = readFileSync(join(profile, "DevToolsActivePort"), "utf8");
			return text.split("\n")[0];
		} catch {
			await wait(50);
		}
	}
	throw new Error("Chromium did not say where it listens");
}

/** The renderers among the processes that `ancestor` started. */
function renderersOf(ancestor) {
	const parents = new Map();
	for (const name of readdirSync("/proc").filter((each) => /^\d+$/.test(each)))
		try {
			const stat = readFileSync(`/proc/${name}/stat`, "utf8");
			// The name of the program, in parentheses, may hold anything.
			const parent = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
			parents.set(Number(name), Number(parent));
		} catch {
			// It ended meanwhile.
		}
	const isOurs = (pid) =>
		pid === ancestor || (parents.has(pid) && isOurs(parents.get(pid)));
	const isRenderer = (pid) => {
		try {
			const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
			return command.includes("--type=renderer");
		} catch {
			return false;
		}
	};
	return [...parents.keys()].filter((pid) => isOurs(pid) && isRenderer(pid));
}
