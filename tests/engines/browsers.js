// Real browsers without drivers: a page that drives itself needs none, and a browser started this way can be killed like any other program
// and started again on the same profile. (WebKit's automation keeps nothing between two runs, so there it is the only way.)

import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";

const onPath = () => (process.env.PATH ?? "").split(":");
/** MiniBrowser is no command: it lies in the library folder of the multiarch triplet. */
const inLibraries = () =>
	readdirSync("/usr/lib").map((name) => `/usr/lib/${name}/webkit2gtk-4.1`);

// A process that a signal ends says no farewell, and would leave its browsers behind.
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"])
	process.once(signal, () => process.exit(128 + constants.signals[signal]));

/** The engines, with what their browsers are called and where they lie on a Debian machine. */
const BINARIES = {
	chromium: {
		names: ["chromium", "chromium-browser", "google-chrome"],
		folders: onPath,
	},
	firefox: { names: ["firefox-esr", "firefox"], folders: onPath },
	webkit: { names: ["MiniBrowser"], folders: inLibraries },
};

export const ENGINES = Object.keys(BINARIES);

/** What keeps Firefox quiet and lets it start after a crash as after any other end. */
const FIREFOX_PREFERENCES = {
	"app.update.enabled": false,
	"browser.aboutwelcome.enabled": false,
	"browser.sessionstore.resume_from_crash": false,
	"browser.shell.checkDefaultBrowser": false,
	"datareporting.policy.dataSubmissionEnabled": false,
	"network.captive-portal-service.enabled": false,
	"network.connectivity-service.enabled": false,
	"services.settings.server": "data:,",
	"toolkit.startup.max_resumed_crashes": -1,
};

/** @param {string} engine */
export function binaryOf(engine) {
	const { names, folders } = BINARIES[engine];
	const found = names
		.flatMap((name) => folders().map((folder) => join(folder, name)))
		.find((path) => existsSync(path));
	if (found) return found;
	throw new Error(
		`no browser for ${engine} is installed; get it with: make setup`,
	);
}

/** A folder for one browser's data, which outlives the browser. */
export async function newProfile() {
	const path = await mkdtemp(join(tmpdir(), "roo-cloud-web-"));
	return {
		path,
		remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }),
	};
}

/**
 * Starts a browser on `profile`, with a tab for each of `urls`.
 * @param {string} engine
 * @param {{ profile: string, urls: string[] }} options
 * @returns {Promise<{ pid: number, kill(): Promise<void> }>} `kill` is SIGKILL to all its processes, and resolves when they are gone
 */
export async function launch(engine, { profile, urls }) {
	// MiniBrowser has no headless mode, and Chromium's opens one tab only.
	const screen = await startScreen();
	const { args, env } = await COMMANDS[engine](profile, urls);
	const browser = start(binaryOf(engine), args, {
		...env,
		DISPLAY: screen.display,
	});
	return {
		pid: browser.child.pid,
		async kill() {
			await browser.kill();
			await screen.kill();
		},
	};
}

const COMMANDS = {
	chromium: (profile, urls) => ({
		args: [
			"--no-sandbox",
			"--disable-gpu",
			"--disable-dev-shm-usage",
			"--disable-background-networking",
			"--disable-component-update",
			"--disable-sync",
			"--no-first-run",
			// Nothing drives it: its tabs are listed, opened and closed there (chromium-tabs.js).
			"--remote-debugging-port=0",
			`--user-data-dir=${profile}`,
			...urls,
		],
		env: {},
	}),
	async firefox(profile, urls) {
		const lines = Object.entries(FIREFOX_PREFERENCES).map(
			([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`,
		);
		await writeFile(join(profile, "user.js"), lines.join("\n"));
		return {
			args: ["--no-remote", "--profile", profile, ...urls],
			env: { MOZ_CRASHREPORTER_DISABLE: "1", MOZ_DISABLE_AUTO_SAFE_MODE: "1" },
		};
	},
	async webkit(profile, urls) {
		const folders = {
			HOME: profile,
			XDG_DATA_HOME: join(profile, "data"),
			XDG_CACHE_HOME: join(profile, "cache"),
			XDG_CONFIG_HOME: join(profile, "config"),
			XDG_RUNTIME_DIR: join(profile, "run"),
		};
		for (const folder of Object.values(folders))
			await mkdir(folder, { recursive: true, mode: 0o700 });
		return {
			args: urls,
			env: {
				...folders,
				GDK_BACKEND: "x11",
				NO_AT_BRIDGE: "1",
			},
		};
	},
};

/** A screen that nobody looks at. */
async function startScreen() {
	const server = start(
		"Xvfb",
		["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
		{},
	);
	const display = await new Promise((resolve, reject) => {
		server.child.stdout.once("data", (text) =>
			resolve(`:${String(text).trim()}`),
		);
		server.child.once("exit", () =>
			reject(new Error("Xvfb did not start; get it with: make setup")),
		);
		server.child.once("error", reject);
	});
	return { display, kill: server.kill };
}

/** A program in a process group of its own, so that all that it starts ends with it. */
function start(binary, args, env) {
	const child = spawn(binary, args, {
		detached: true,
		env: { ...process.env, ...env },
		stdio: ["ignore", "pipe", "ignore"],
	});
	child.stdout.resume();
	const ended = new Promise((resolve) => {
		child.once("exit", resolve);
		child.once("error", resolve);
	});
	const killGroup = () => {
		try {
			process.kill(-child.pid, "SIGKILL");
		} catch {
			// It is gone already.
		}
	};
	process.once("exit", killGroup);
	return {
		child,
		async kill() {
			killGroup();
			await ended;
			process.off("exit", killGroup);
		},
	};
}
