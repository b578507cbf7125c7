// What drives the browsers goes on when one of them is killed.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { startRemote } from "./remote.js";

test("a browser that is killed in the middle of a request harms nothing", async (t) => {
	const remote = await startRemote();
	t.after(() => remote.close());
	const { origin, hostname, port } = new URL(remote.callbackUrl);
	const killed = connect(Number(port), hostname);
	await once(killed, "connect");
	killed.write(
		"POST /remote/note HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf",
	);
	// The server has begun to read once it has answered someone who came later.
	await fetch(`${origin}/nothing`);
	killed.destroy();
	await once(killed, "close");
	const answer = await fetch(`${origin}/remote/note?tab=a`, {
		method: "POST",
		body: "{}",
	});
	assert.equal(answer.status, 200);
});
