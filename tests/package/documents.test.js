// The TypeScript of README, ARCHITECTURE and the guides, run as it stands: pages in Chromium, an extension and its webview in an editor that is
// played, the rest in Node; all against the development cloud, whose addresses take the place of those in the text.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import {
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { CloudService, initSync } from "../../pkg/index.js";
import { startCloud } from "../cloud/cloud.js";
import { FetchClient } from "../cloud/fetch-client.js";
import { blocks } from "../types/blocks.js";
import { launch } from "./chromium.js";
import { editor, webview } from "./editor.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PACKAGE = join(ROOT, "pkg");
const EXTENSION = "roo-cloud-web.roo-cloud-web";
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };

/** The examples that were run. */
const ran = new Set();
let cloud;
let browser;
let folder;

before(async () => {
	initSync(readFileSync(join(PACKAGE, "wasm/roo_cloud_web_bg.wasm")));
	cloud = await startCloud();
	browser = await launch();
	folder = mkdtempSync(join(tmpdir(), "roo-cloud-web-documents-"));
});
after(async () => {
	await browser?.close();
	await cloud?.close();
	rmSync(folder, { recursive: true, force: true });
});
afterEach(() => CloudService.resetInstance());

/** The one block of `document` in which `words` stand, with the development cloud's addresses. */
function example(document, words) {
	const found = blocks(readFileSync(join(ROOT, document), "utf8")).filter(
		(code) => words.every((word) => code.includes(word)),
	);
	assert.equal(found.length, 1, `${document}: ${words}`);
	ran.add(found[0]);
	return found[0]
		.replaceAll("https://app.roocode.com", cloud.apiUrl)
		.replaceAll("https://id.example.com", cloud.issuer)
		.replaceAll(/"my-(page|extension)"/g, JSON.stringify(cloud.clientId));
}

const README_PAGE = () => example("README.md", ["handleCallback", "signIn"]);

/** `code` as a script with React in it, where it wants that, and the package beside it. */
async function script(code, options) {
	const { outputFiles } = await build({
		stdin: { contents: code, loader: "tsx", resolveDir: ROOT },
		bundle: true,
		write: false,
		format: "esm",
		jsx: "automatic",
		target: "es2022",
		logLevel: "error",
		external: ["roo-cloud-web"],
		alias: { "roo-cloud-web/react": join(PACKAGE, "react.js") },
		nodePaths: [join(ROOT, "tests/node_modules")],
		define: { "process.env.NODE_ENV": '"development"' },
		...options,
	});
	return outputFiles[0].text;
}

/** Runs a script of `script` in Node; gives what it exports. */
async function inNode(text) {
	const file = join(folder, `${randomUUID()}.mjs`);
	const here = text.replace(
		/(?<=from )"roo-cloud-web(?:\/([\w-]+))?"/g,
		(_, entry = "index") =>
			JSON.stringify(pathToFileURL(join(PACKAGE, `${entry}.js`)).href),
	);
	writeFileSync(file, here);
	return import(file);
}

/** An instance for examples that take `cloud` as given. */
async function given() {
	const answer = await new FetchClient(cloud).control("static-token", {
		personId: "user_ana",
		organizationId: "org_meridian",
	});
	const { token } = await answer.json();
	globalThis.cloud = await CloudService.createInstance({
		apiUrl: cloud.apiUrl,
		auth: { type: "token", token },
	});
}

/** A page that runs `code`, and what it says; at its callback runs `callback`, in a popup too. */
async function opened(t, code, callback = README_PAGE()) {
	const scripts = {
		"/example.js": await script(code),
		"/callback.js": await script(callback),
	};
	const server = createServer(({ url }, response) => {
		const { pathname } = new URL(url, "http://localhost");
		const answer = (type, body) =>
			response.writeHead(200, { "Content-Type": type }).end(body);
		if (scripts[pathname]) answer(TYPES[".js"], scripts[pathname]);
		else if (pathname.startsWith("/pkg/"))
			answer(TYPES[extname(pathname)], readFileSync(join(ROOT, pathname)));
		else
			answer(
				"text/html",
				`<!doctype html><link rel="icon" href="data:," />
				<script type="importmap">{ "imports": { "roo-cloud-web": "/pkg/index.js" } }</script>
				<button id="sign-in">Sign in</button><button id="share">Share</button><main></main>
				${pathname === "/callback" ? '<script type="module" src="/callback.js"></script>' : ""}`,
			);
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	const origin = `http://127.0.0.1:${server.address().port}`;
	const context = await browser.newContext();
	t.after(async () => {
		await context.close();
		server.close();
	});
	await context.grantPermissions(["clipboard-read", "clipboard-write"]);
	const page = await context.newPage();
	const said = [];
	page.on("console", (message) => said.push(message.text()));
	page.on("pageerror", (error) => said.push(error.message));
	await page.goto(`${origin}/`);
	return { page, said, origin };
}

/** Presses what opens the popup, signs in there, and waits until it has closed itself. */
async function signIn(page, button) {
	const opening = page.waitForEvent("popup");
	await button.click();
	const popup = await opening;
	const closed = popup.waitForEvent("close");
	await popup.getByRole("button", { name: /^Ana Lindqvist/ }).click();
	await closed;
}

const until = (page, condition, argument) =>
	page.waitForFunction(condition, argument, { timeout: 15_000 });

test("README: a page signs in by popup, and shares", async (t) => {
	const { page, origin } = await opened(t, README_PAGE());
	await page.evaluate(async () => {
		const { signIn, share } = await import("/example.js");
		document.querySelector("#sign-in").onclick = async () => {
			globalThis.user = await signIn();
		};
		document.querySelector("#share").onclick = async () => {
			globalThis.answer = await share("task-1");
		};
	});
	await signIn(page, page.locator("#sign-in"));
	await until(page, () => globalThis.user?.name === "Ana Lindqvist");
	await page.evaluate(async () => {
		const { CloudService } = await import("roo-cloud-web");
		await CloudService.instance.backfillMessages("task-1", [
			{ ts: 1, type: "say", say: "text", text: "Hello" },
		]);
	});
	await page.locator("#share").click();
	await until(page, () => globalThis.answer);
	assert.equal(await page.evaluate(() => answer), "Copied.");
	assert.match(
		await page.evaluate(() => navigator.clipboard.readText()),
		new RegExp(`^${cloud.apiUrl}/share/`),
	);

	await page.evaluate(() => {
		globalThis.answer = undefined;
	});
	await page.route("**/api/extension/share", (route) =>
		route.request().method() === "POST"
			? route.fulfill({
					status: 403,
					headers: { "Access-Control-Allow-Origin": origin },
				})
			: route.continue(),
	);
	await page.locator("#share").click();
	await until(page, () => globalThis.answer);
	assert.equal(
		await page.evaluate(() => answer),
		"Your organization does not share tasks.",
	);
});

test("README: React says hello to who signs in", async (t) => {
	const element = example("README.md", ["CloudProvider", "useCloudService"]);
	const { page } = await opened(
		t,
		`import { createRoot } from "react-dom/client";
		import { CloudService } from "roo-cloud-web";
		const cloud = CloudService.createInstance({
			apiUrl: "${cloud.apiUrl}",
			auth: { type: "oauth", issuer: "${cloud.issuer}", clientId: "${cloud.clientId}", redirectUri: \`\${location.origin}/callback\` },
		});
		${element}
		createRoot(document.querySelector("main")).render(page);`,
	);
	await page.evaluate(() => import("/example.js"));
	await signIn(page, page.locator("main").getByRole("button"));
	await page.getByText("Hello Ana Lindqvist").waitFor();
});

test("the README of the package: a page signs in by redirect", async (t) => {
	const code = example("pkg/README.md", ["createInstance"]);
	const { page, said, origin } = await opened(t, code, code);
	await page.evaluate(async () => {
		await import("/example.js");
		const { CloudService } = await import("roo-cloud-web");
		CloudService.instance.login({ mode: "redirect" });
	});
	await page.getByRole("button", { name: /^Ana Lindqvist/ }).click();
	await page.waitForURL(`${origin}/callback*`);
	while (!said.includes("active-session"))
		await page.waitForEvent("console", { timeout: 15_000 });
});

test("the quick start: a page tells who signed in", async (t) => {
	const code = example("www/docs/guides/quick-start.md", [
		"querySelector",
		"popup",
	]);
	const { page, said } = await opened(t, code, code);
	await page.evaluate(() => import("/example.js"));
	await signIn(page, page.locator("#sign-in"));
	while (!said.includes("Ana Lindqvist"))
		await page.waitForEvent("console", { timeout: 15_000 });
});

test("the quick start: React lists the profiles, also on a server", async (t) => {
	const code = example("www/docs/guides/quick-start.md", ["useCloud(", "App"]);
	const { page } = await opened(
		t,
		`import { createRoot } from "react-dom/client";
		${code}
		globalThis.client = client;
		createRoot(document.querySelector("main")).render(<App />);`,
	);
	await page.evaluate(() => import("/example.js"));
	await signIn(page, page.locator("main button"));
	await until(page, () => document.querySelectorAll("main li").length === 12);

	const onServer = await script(
		`import { renderToString } from "react-dom/server";
		${code}
		export const html = renderToString(<App />);`,
		{
			platform: "node",
			banner: {
				js: 'import { createRequire as r } from "node:module"; const require = r(import.meta.url);',
			},
		},
	);
	const { html } = await inNode(onServer);
	assert.match(html, /^<ul><\/ul><button disabled="">Sign in<\/button>$/);
});

test("the quick start: an extension, and the webview that signs in through it", async () => {
	const document = "www/docs/guides/quick-start.md";
	const window = editor();
	const views = [];
	globalThis.vscode = {
		env: window.vscode.env,
		Uri: Object.assign(window.vscode.Uri, {
			joinPath: (...parts) => parts.join("/"),
		}),
		window: {
			...window.vscode.window,
			registerWebviewViewProvider: (name, provider) => {
				views.push([name, provider]);
				return { dispose() {} };
			},
		},
	};
	const vscode = join(folder, "vscode.mjs");
	writeFileSync(
		vscode,
		"export const { env, Uri, window } = globalThis.vscode;",
	);
	const external = ["roo-cloud-web/*", "vscode"];
	const extension = await script(example(document, ["activate"]), { external });
	const { activate } = await inNode(
		extension.replace('"vscode"', JSON.stringify(vscode)),
	);
	activate({
		...window.context,
		extension: { id: EXTENSION },
		extensionUri: "extension:",
	});
	const [[name, provider]] = views;
	assert.equal(name, "cloud");

	const view = webview();
	view.webview.asWebviewUri = (uri) => `https://resource.example/${uri}`;
	provider.resolveWebviewView(view);
	assert.equal(view.webview.options.enableScripts, true);
	assert.match(
		view.webview.html,
		/Content-Security-Policy.*src="https:\/\/resource\.example\/extension:\/dist\/webview\.js"/s,
	);

	globalThis.acquireVsCodeApi = () => view.open();
	let click;
	globalThis.document = {
		querySelector: (selector) => {
			assert.match(view.webview.html, new RegExp(`id="${selector.slice(1)}"`));
			return {
				addEventListener(_type, listener) {
					click = listener;
				},
			};
		},
	};
	try {
		await inNode(
			await script(example(document, ["createWebviewHost"]), { external }),
		);
		const signedIn = click();
		while (window.opened.length === 0)
			await new Promise((resolve) => setImmediate(resolve));
		const callback = await new FetchClient(cloud).authorize(window.opened[0], {
			person: "user_ana",
		});
		assert.equal(callback.href.split("?")[0], `vscode://${EXTENSION}/auth`);
		window.comesBack(callback.href);
		assert.equal((await signedIn).name, "Ana Lindqvist");
		await CloudService.instance.refreshSettings();
	} finally {
		delete globalThis.document;
		delete globalThis.acquireVsCodeApi;
		delete globalThis.vscode;
	}
});

test("ARCHITECTURE: a call of one's own with a session token", async () => {
	await given();
	const code = example("ARCHITECTURE.md", ["bridgeConfig"]);
	const { bridgeConfig } = await inNode(
		await script(`${code}\nexport { bridgeConfig };`),
	);
	const { userId, token } = await bridgeConfig();
	assert.equal(userId, "user_ana");
	assert.equal(typeof token, "string");
});

test("the page for users of the TypeScript client: a failure is told by its code", async (t) => {
	await given();
	const { mock } = t.mock.method(console, "log", () => {});
	const code = example("www/docs/guides/migration.md", ["TASK_NOT_FOUND"]);
	await inNode(await script(code.replace("task-1", "task-nobody-knows")));
	assert.deepEqual(mock.calls.at(-1)?.arguments, ["Its messages are needed."]);
});

test("no example is left out", () => {
	// Beside the pages of errors, a folder that the build makes.
	const guides = readdirSync(join(ROOT, "www/docs/guides"))
		.filter((name) => name.endsWith(".md"))
		.map((name) => `www/docs/guides/${name}`);
	const left = ["README.md", "ARCHITECTURE.md", "pkg/README.md", ...guides]
		.flatMap((document) => blocks(readFileSync(join(ROOT, document), "utf8")))
		.filter((code) => !ran.has(code));
	// tests/bundlers/esbuild runs the one that wants a bundler's loader.
	assert.deepEqual(
		left.map((code) => code.includes("roo-cloud-web/wasm")),
		[true],
	);
});
