// The package's start and refresh in Chromium, seen from their edges: what they ask the browser for, when, and what of it stays.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "./chromium.js";

const PACKAGE = fileURLToPath(new URL("../../pkg", import.meta.url));
const ORIGIN = "https://page.example";
const TYPES = { js: "text/javascript", wasm: "application/wasm" };

let browser;
before(async () => {
	browser = await launch();
});
after(() => browser?.close());

/** A page that notes what it asks for, and has the options of a client whose cloud never answers. */
async function opened(t) {
	const context = await browser.newContext();
	t.after(() => context.close());
	await context.addInitScript(() => {
		globalThis.asked = [];
		const note = (object, name, what) => {
			const real = object[name];
			object[name] = function (...values) {
				asked.push(what(...values));
				return real.apply(this, values);
			};
		};
		note(globalThis, "fetch", (url) => String(url).split("/").at(-1));
		note(IDBFactory.prototype, "open", (name) => `open ${name}`);
		note(IDBDatabase.prototype, "close", () => "close");
		note(WebAssembly, "instantiateStreaming", () => "instantiate");
		globalThis.options = (more) => ({
			apiUrl: "https://cloud.example",
			auth: { type: "token", token: `e30.${btoa('{"r":{"u":"u"}}')}.s` },
			fetch: () => new Promise(() => {}),
			...more,
		});
		// So that no answer is later than what comes after it.
		globalThis.idle = () => new Promise((resolve) => setTimeout(resolve, 50));
	});
	await context.route("**/*", (route) => {
		const { pathname } = new URL(route.request().url());
		if (pathname === "/")
			return route.fulfill({ contentType: "text/html", body: "" });
		return route.fulfill({
			contentType: TYPES[pathname.split(".").at(-1)],
			body: readFileSync(PACKAGE + pathname.slice("/pkg".length)),
		});
	});
	const page = await context.newPage();
	await page.goto(ORIGIN);
	return page;
}

test("the database is opened while the module loads, and the second part loads once the page has its client", async (t) => {
	const page = await opened(t);
	const seen = await page.evaluate(async () => {
		const { default: init, CloudService } = await import("/pkg/index.js");
		const imported = [...asked];
		const cloud = await CloudService.createInstance(options());
		cloud.getSnapshot();
		const created = [...asked];
		await init();
		return { imported, created, all: asked, ...cloud.capabilities() };
	});
	assert.deepEqual(seen.imported, []);
	assert.deepEqual(seen.created, [
		"open roo-cloud-web",
		"first.wasm",
		"instantiate",
	]);
	assert.deepEqual(seen.all.slice(3), ["online.wasm", "instantiate"]);
	assert.deepEqual([seen.storage, seen.sealed], ["indexeddb", true]);
});

test("for records that lie elsewhere no database is opened early", async (t) => {
	const page = await opened(t);
	const seen = await page.evaluate(async () => {
		const { CloudService } = await import("/pkg/index.js");
		const early = [];
		for (const storage of ["memory", "local", "session"]) {
			const creating = CloudService.createInstance(options({ storage }));
			early.push(...asked.filter((what) => what.startsWith("open")));
			const cloud = await creating;
			early.push(cloud.capabilities().storage);
			cloud.dispose();
			asked.length = 0;
		}
		return early;
	});
	assert.deepEqual(seen, ["memory", "local", "session"]);
});

test("what was opened for a client that could not be made is closed again", async (t) => {
	const page = await opened(t);
	const seen = await page.evaluate(async () => {
		const { CloudService } = await import("/pkg/index.js");
		const refused = [];
		for (const wrong of [{ apiUrl: "ftp:" }, { auth: {} }]) {
			const { code } = await CloudService.createInstance(options(wrong)).catch(
				(error) => error,
			);
			refused.push(code);
			await idle();
		}
		const cloud = await CloudService.createInstance(options());
		return { refused, asked, ...cloud.capabilities() };
	});
	assert.deepEqual(seen.refused, ["CONFIG", "CONFIG"]);
	const databases = seen.asked.filter((what) => /^(open|close)/.test(what));
	assert.equal(
		databases.join(),
		"open roo-cloud-web,close,open roo-cloud-web,close,open roo-cloud-web",
	);
	assert.equal(seen.storage, "indexeddb");
});

test("a database that comes after its limit is closed, and the client keeps to memory", async (t) => {
	const page = await opened(t);
	const seen = await page.evaluate(async () => {
		const { CloudService } = await import("/pkg/index.js");
		const { setTimeout } = globalThis;
		const request = {};
		IDBFactory.prototype.open = () => request;
		globalThis.setTimeout = (handler, delay) =>
			setTimeout(handler, delay === 3_000 ? 0 : delay);
		const cloud = await CloudService.createInstance(options());
		let closed = 0;
		const close = () => {
			closed += 1;
		};
		const gets = [];
		const table = { get: () => gets[gets.push({}) - 1] };
		const transaction = () => ({ objectStore: () => table });
		request.result = { close, transaction };
		request.onsuccess();
		await idle();
		for (const get of gets) get.onsuccess();
		await idle();
		return { closed, ...cloud.capabilities() };
	});
	assert.deepEqual([seen.storage, seen.closed], ["memory", 1]);
});

/** Settings as the cloud answers them, with these cloud profiles. */
const SETTINGS = (version, providerProfiles) => ({
	organization: {
		version,
		cloudSettings: {},
		defaultSettings: {},
		allowList: { allowAll: true, providers: {} },
		providerProfiles,
	},
	user: { features: {}, settings: {}, version: 1 },
});

test("a start reads ahead what the last one began with, in one transaction, and nonsense in its place does no harm", async (t) => {
	const page = await opened(t);
	const settings = SETTINGS(1, {
		team: { id: "p1", apiProvider: "anthropic" },
	});
	await page.evaluate(async (settings) => {
		const { CloudService } = await import("/pkg/index.js");
		const cloud = await CloudService.createInstance(
			options({
				fetch: async (url) =>
					url.endsWith("/extension-settings")
						? Response.json(settings)
						: Response.json({ user: { id: "u" }, organizations: [] }),
			}),
		);
		const changed = new Promise((resolve) =>
			cloud.once("profiles-changed", resolve),
		);
		await Promise.all([cloud.refreshSettings(), changed]);
		await idle();
	}, settings);
	const start = async (begun) => {
		await page.goto(ORIGIN);
		return page.evaluate(async (begun) => {
			if (begun) {
				const request = indexedDB.open("roo-cloud-web");
				await new Promise((resolve) => {
					request.onsuccess = resolve;
				});
				const writing = request.result.transaction("keys", "readwrite");
				writing.objectStore("keys").put(begun, "begun");
				await new Promise((resolve) => {
					writing.oncomplete = resolve;
				});
				request.result.close();
			}
			const transactions = [];
			const { transaction } = IDBDatabase.prototype;
			IDBDatabase.prototype.transaction = function (tables, ...rest) {
				transactions.push(String(tables));
				return transaction.call(this, tables, ...rest);
			};
			const { CloudService } = await import("/pkg/index.js");
			const cloud = await CloudService.createInstance(options());
			const { settingsSource, profiles } = cloud.getSnapshot();
			const seen = { settingsSource, profiles: profiles.length };
			seen.transactions = [...transactions];
			await idle();
			return seen;
		}, begun);
	};
	const seen = { settingsSource: "cache", profiles: 1 };
	const ahead = ["records,keys"];
	// The settings, the profiles, those that nobody owned, and what is noted for the next start.
	const apart = [...ahead, "records", "records", "records", "keys"];
	await start();
	assert.deepEqual(await start(), { ...seen, transactions: ahead });
	for (const nonsense of [[5, null, {}, "of nobody"], "text", { length: 1 }]) {
		assert.deepEqual(
			{ ...(await start(nonsense)), transactions: [] },
			{ ...seen, transactions: [] },
		);
		assert.deepEqual(await start(), { ...seen, transactions: ahead });
	}
	assert.deepEqual(await start([]), { ...seen, transactions: apart });
});

test("a refresh merges the profiles before it stores the settings they came with", async (t) => {
	const page = await opened(t);
	const team = { team: { id: "p1", apiProvider: "anthropic" } };
	const answers = [SETTINGS(1, {}), SETTINGS(2, team)];
	const order = await page.evaluate(async ([first, second]) => {
		const { CloudService } = await import("/pkg/index.js");
		let answer = first;
		const cloud = await CloudService.createInstance(
			options({
				fetch: async (url) =>
					url.endsWith("/extension-settings")
						? Response.json(answer)
						: Response.json({ user: { id: "u" }, organizations: [] }),
			}),
		);
		await cloud.refreshSettings();
		await idle();
		const { encrypt } = SubtleCrypto.prototype;
		SubtleCrypto.prototype.encrypt = function (algorithm, ...rest) {
			const bound = new TextDecoder().decode(algorithm.additionalData);
			asked.push(`seal ${bound.split("\n").at(-1).split("/")[0]}`);
			return encrypt.call(this, algorithm, ...rest);
		};
		const { transaction } = IDBDatabase.prototype;
		IDBDatabase.prototype.transaction = function (...rest) {
			asked.push("transaction");
			return transaction.apply(this, rest);
		};
		asked.length = 0;
		answer = second;
		const changed = new Promise((resolve) =>
			cloud.once("profiles-changed", resolve),
		);
		await Promise.all([cloud.refreshSettings(), changed]);
		return asked;
	}, answers);
	assert.equal(order[0], "seal profiles", `${order}`);
	assert.ok(order.includes("seal settings"), `${order}`);
});
