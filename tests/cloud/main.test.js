import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import Database from "libsql";
import { FetchClient } from "./fetch-client.js";

const MAIN = fileURLToPath(new URL("main.js", import.meta.url));

for (const signal of /** @type {const} */ (["SIGTERM", "SIGINT"])) {
	test(`the command says in one line of JSON where it is, and ends on ${signal}`, async () => {
		const child = spawn(
			process.execPath,
			[MAIN, "--port", "0", "--db", ":memory:", "--quiet"],
			{ stdio: ["ignore", "pipe", "inherit"] },
		);
		const lines = createInterface(child.stdout);
		const [line] = await once(lines, "line");
		const { apiUrl, issuer, adminUrl, clientId } = JSON.parse(line);
		assert.equal((await fetch(adminUrl)).status, 200);
		assert.equal((await fetch(`${apiUrl}/api/me`)).status, 401);
		assert.equal(
			(await (await fetch(`${issuer}/.well-known/openid-configuration`)).json())
				.issuer,
			issuer,
		);
		assert.equal(clientId, "roo-cloud-web");
		child.kill(signal);
		assert.deepEqual(await once(child, "exit"), [0, null]);
	});
}

/** @param {string} db */
async function demo(db) {
	const child = spawn(
		process.execPath,
		[MAIN, "--port", "0", "--db", db, "--quiet"],
		{ stdio: ["ignore", "pipe", "inherit"] },
	);
	const [line] = await once(createInterface(child.stdout), "line");
	const end = async () => {
		child.kill("SIGINT");
		assert.deepEqual(await once(child, "exit"), [0, null]);
	};
	return { client: new FetchClient(JSON.parse(line)), end };
}

test("Ctrl-C ends it cleanly, and a restart has lost nothing: neither sign-ins nor what was written", async () => {
	const folder = mkdtempSync(join(tmpdir(), "roo-cloud-"));
	const db = join(folder, "cloud.sqlite");
	try {
		const first = await demo(db);
		const session = await first.client.session("user_ana");
		const patched = await first.client.api(
			"/api/user-settings",
			session.access_token,
			{ method: "PATCH", json: { settings: { taskSyncEnabled: false } } },
		);
		assert.equal(patched.status, 200);
		const { version } = await patched.json();
		// A request that is under way does not keep it from ending.
		const slow = { route: "/api/me", latencyMs: 60_000 };
		assert.ok((await first.client.control("faults", slow)).ok);
		const hanging = first.client
			.api("/api/me", session.access_token)
			.catch(() => "cut");
		await first.end();
		await hanging;

		// Whole and readable, without a log that waits to be taken in.
		const database = new Database(db, { readonly: true });
		assert.deepEqual(database.prepare("PRAGMA integrity_check").all(), [
			{ integrity_check: "ok" },
		]);
		database.close();

		const second = await demo(db);
		const answer = await second.client.refresh(session.refresh_token);
		assert.equal(answer.status, 200);
		const { access_token: token } = await answer.json();
		const settings = await (
			await second.client.api("/api/extension-settings", token)
		).json();
		assert.deepEqual(
			[settings.user.version, settings.user.settings.taskSyncEnabled],
			[version, false],
		);
		await second.end();
	} finally {
		rmSync(folder, { recursive: true });
	}
});

test("a taken port and a wrong option are told in words", async () => {
	const { createServer } = await import("node:http");
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = /** @type {import("node:net").AddressInfo} */ (
		server.address()
	);
	for (const [options, words] of /** @type {[string[], RegExp][]} */ ([
		[["--port", String(port)], /^port \d+ is taken/],
		[["--port", "many"], /^--port must be/],
	])) {
		const child = spawn(
			process.execPath,
			[MAIN, "--db", ":memory:", ...options],
			{ stdio: ["ignore", "ignore", "pipe"] },
		);
		const [line] = await once(createInterface(child.stderr), "line");
		assert.match(line, words);
		assert.equal((await once(child, "exit"))[0], 1);
	}
	server.close();
});
