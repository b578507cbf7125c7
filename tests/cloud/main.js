import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startCloud } from "./cloud.js";

const HELP = `Starts the development cloud on 127.0.0.1.

  --port N           of the API (default 4180; 0 takes free ones); the authorization
                     server takes N+1, the dashboard N+2
  --db FILE          SQLite file, or :memory: (default tests/cloud/.data/cloud.sqlite)
  --static DIR       a built dashboard to serve
  --hostname NAME    the loopback name in urls (default 127.0.0.1)
  --redirect-uri URI taken for the client besides its own; may be repeated
  --quiet            print the line of JSON and nothing else
`;

const { values: options } = parseArgs({
	options: {
		port: { type: "string", default: "4180" },
		db: {
			type: "string",
			default: fileURLToPath(new URL(".data/cloud.sqlite", import.meta.url)),
		},
		static: { type: "string" },
		hostname: { type: "string" },
		"redirect-uri": { type: "string", multiple: true },
		quiet: { type: "boolean", default: false },
		help: { type: "boolean", default: false },
	},
});
if (options.help) {
	console.log(HELP);
	process.exit(0);
}

const port = Number(options.port);
if (!Number.isInteger(port) || port < 0 || port > 65533)
	fail("--port must be a number up to 65533");
if (options.static && !existsSync(`${options.static}/index.html`))
	fail(`--static: there is no index.html in ${options.static}`);
const cloud = await startCloud({
	ports: port === 0 ? {} : { api: port, auth: port + 1, dashboard: port + 2 },
	db: options.db,
	staticDirectory: options.static,
	hostname: options.hostname,
	redirectUris: options["redirect-uri"],
}).catch((error) => {
	if (error.code === "EADDRINUSE")
		return fail(`port ${error.port} is taken: choose others with --port N`);
	return fail(error.message);
});

const stop = async () => {
	await cloud.close();
	process.exit(0);
};
process.once("SIGINT", stop);
process.once("SIGTERM", stop);

const { apiUrl, issuer, adminUrl, dashboardUrl, clientId } = cloud;
console.log(
	JSON.stringify({
		apiUrl,
		issuer,
		adminUrl,
		dashboardUrl,
		clientId,
		db: options.db,
	}),
);
if (!options.quiet) {
	if (dashboardUrl) console.log(`Dashboard       ${dashboardUrl}`);
	console.log(
		`API             ${apiUrl}\nSign-in         ${issuer}\nAdministration  ${adminUrl}\nData            ${options.db}`,
	);
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
	console.error(message);
	process.exit(1);
}
