// A realm in which the module panics; run by face.test.js in a process of its own. Prints what became of each call, as JSON.
//
// The clock throws once while an answer is being read. What JavaScript throws runs no destructor on its way through the module,
// so the call's task stays locked, and the next one to wake it finds a state that must not be: a panic.

import { readFileSync } from "node:fs";
import { CloudService, initSync, validateEvent } from "../../pkg/index.js";

const uncaught = [];
process.on("uncaughtException", (error) => uncaught.push(error));
initSync(
	readFileSync(
		new URL("../../pkg/wasm/roo_cloud_web_bg.wasm", import.meta.url),
	),
);
const token = [{ alg: "none" }, { sub: "user_ana" }, "sig"]
	.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
	.join(".");
const clock = Date.now;
const service = await CloudService.createInstance({
	apiUrl: "https://cloud.example",
	auth: { type: "token", token },
	fetch: async (url) => {
		if (!url.endsWith("/credit-balance")) return new Promise(() => {});
		Date.now = () => {
			Date.now = clock;
			throw new Error("the clock is broken");
		};
		return new Response("{}", { status: 500 });
	},
});

const outcome = (call) =>
	new Promise((resolve) => resolve(call())).then(
		() => "resolved",
		(error) => error.code ?? `${error}`,
	);
const settle = () => new Promise((resolve) => setTimeout(resolve, 100));

const controller = new AbortController();
const waiting = outcome(() => service.usage());
const broken = outcome(() =>
	service.creditBalance({ signal: controller.signal }),
);
await settle();
controller.abort();
await settle();

const outcomes = {
	waiting: await waiting,
	broken: await broken,
	later: await outcome(() => service.refreshSettings()),
	getter: await outcome(() => service.getAuthState()),
	pure: await outcome(() => validateEvent({})),
	dispose: await outcome(() => service.dispose()),
	thrown: uncaught.map((error) => error.constructor.name),
};
process.stdout.write(JSON.stringify(outcomes));
process.exit();
