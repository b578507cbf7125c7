import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

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
