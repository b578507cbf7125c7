// The other side of the HTTP tests: a small server on loopback whose answers the tests choose by path. Prints its address.
import { createServer } from "node:http";

/** What became of the requests that were asked to be remembered (`?id=`). */
const outcomes = new Map();

function remember(id, response) {
	if (!id) return;
	outcomes.set(id, "open");
	response.on("close", () =>
		outcomes.set(id, response.writableFinished ? "finished" : "cut off"),
	);
}

async function bodyOf(request) {
	const chunks = [];
	for await (const chunk of request) chunks.push(chunk);
	return Buffer.concat(chunks);
}

const routes = {
	// The request as it came, one line each: method, headers, then the body in hexadecimal.
	async "/echo"(request, response) {
		const body = await bodyOf(request);
		const headers = Object.entries(request.headers).map(
			([name, value]) => `${name}: ${value}`,
		);
		response.setHeader("X-Echo", "Seen");
		response.setHeader("Set-Cookie", "ambient=1");
		response.end(
			[request.method, ...headers, `body=${body.toString("hex")}`].join("\n"),
		);
	},
	"/outcome"(_request, response, query) {
		response.end(outcomes.get(query.get("id")) ?? "unknown");
	},
	"/bytes"(_request, response, query) {
		response.end(Buffer.alloc(Number(query.get("count")), "x"));
	},
	"/endless"(_request, response) {
		const chunk = Buffer.alloc(16_384, "x");
		const more = () => {
			while (!response.destroyed && response.write(chunk));
		};
		response.on("drain", more);
		more();
	},
	// Headers come, the body never ends.
	"/stalled"(_request, response) {
		response.write("x");
	},
	"/silent"() {},
	"/redirect"(_request, response) {
		response.writeHead(307, { Location: "/echo" }).end();
	},
	"/status"(_request, response, query) {
		response.writeHead(Number(query.get("code"))).end();
	},
	// Promises more than it sends.
	"/cut"(_request, response) {
		response.writeHead(200, { "Content-Length": "1000" });
		response.write("only this");
		setTimeout(() => response.destroy(), 50);
	},
	"/without-cors"(_request, response) {
		for (const name of response.getHeaderNames()) response.removeHeader(name);
		response.end("not for you");
	},
};

// What the conformance suite asks of a server; see tests/conformance/http.rs.
const conformance = {
	async echo(request, response) {
		const body = await bodyOf(request);
		const etag = request.headers["if-none-match"];
		if (etag) response.setHeader("ETag", etag);
		response.end(body);
	},
	status(_request, response, number) {
		response.writeHead(number).end(number === 304 ? "" : `status ${number}`);
	},
	bytes(_request, response, number) {
		response.end(Buffer.alloc(number, 1));
	},
	redirect(_request, response, number) {
		response.writeHead(number, { Location: "/conformance/echo" }).end();
	},
	hang() {},
};

const server = createServer((request, response) => {
	const url = new URL(request.url, "http://server");
	response.setHeader(
		"Access-Control-Allow-Origin",
		request.headers.origin ?? "*",
	);
	response.setHeader("Access-Control-Allow-Credentials", "true");
	response.setHeader("Access-Control-Allow-Methods", "GET, POST, PATCH");
	response.setHeader(
		"Access-Control-Allow-Headers",
		"authorization, content-type, if-none-match",
	);
	response.setHeader("Access-Control-Expose-Headers", "x-echo, etag");
	if (request.method === "OPTIONS") return response.writeHead(204).end();
	if (url.pathname !== "/outcome")
		remember(url.searchParams.get("id"), response);
	const [, suite, check, number] = url.pathname.split("/");
	if (suite === "conformance" && Object.hasOwn(conformance, check))
		return conformance[check](request, response, Number(number));
	const route = routes[url.pathname];
	if (!route) return response.writeHead(404).end();
	route(request, response, url.searchParams);
});

server.listen(0, "127.0.0.1", () =>
	process.stdout.write(`http://127.0.0.1:${server.address().port}\n`),
);
