import { callersOf } from "./api/caller.js";
import { eventRoutes } from "./api/events.js";
import { meRoutes, pictureUrl } from "./api/me.js";
import { settingsRoutes } from "./api/settings.js";
import { SettingsStore } from "./api/settings-store.js";
import { ShareStore, shareRoutes } from "./api/shares.js";
import { TaskStore } from "./api/tasks-store.js";
import { UsageStore, usageRoutes } from "./api/usage.js";
import { dropExpired } from "./auth/adapter.js";
import { BearerGuard } from "./auth/bearer.js";
import { CLIENT_ID } from "./auth/clients.js";
import { DpopProofs } from "./auth/dpop-proof.js";
import {
	GrantOrganizations,
	nameEmptyOrganization,
} from "./auth/grant-organizations.js";
import { loadKeys } from "./auth/keys.js";
import { createProvider } from "./auth/provider.js";
import { SessionTokens } from "./auth/session-token.js";
import { signInRoutes } from "./auth/sign-in-page.js";
import { ticketPages } from "./auth/ticket-pages.js";
import { ticketServerRoutes } from "./auth/ticket-server.js";
import { Faults } from "./control/faults.js";
import { ControlLog } from "./control/log.js";
import { controlRoutes } from "./control/routes.js";
import { ControlSettings } from "./control/settings.js";
import { openDatabase } from "./database.js";
import { Directory } from "./directory.js";
import { Feed } from "./feed.js";
import { listenAll } from "./http/listener.js";
import { Router } from "./http/router.js";
import { Site } from "./http/site.js";
import { adminPages } from "./pages/admin.js";
import { homePages } from "./pages/home.js";
import { sharePages } from "./pages/share-page.js";
import { staticFiles } from "./pages/static-files.js";
import { seed } from "./seed/index.js";

/**
 * @typedef {object} CloudOptions
 * @property {{ api?: number, auth?: number, dashboard?: number }} [ports] a free one is taken where none is given
 * @property {string} [db] the SQLite file; in memory where absent
 * @property {string} [staticDirectory] a built dashboard to serve
 * @property {string} [hostname] the loopback name that stands in urls; 127.0.0.1 where absent
 * @property {string[]} [redirectUris] taken for the client besides its own
 */

/**
 * Starts the development cloud: the API, the authorization server and (with `staticDirectory`) a dashboard, each an origin of
 * its own, as they are in production.
 * @param {CloudOptions} [options]
 */
export async function startCloud({
	ports = {},
	db = ":memory:",
	staticDirectory,
	hostname = "127.0.0.1",
	redirectUris = [],
} = {}) {
	const wanted = [ports.api, ports.auth];
	if (staticDirectory) wanted.push(ports.dashboard);
	const listeners = await listenAll(wanted);
	const [apiUrl, issuer, dashboardUrl] = listeners.map(
		({ port }) => `http://${hostname}:${port}`,
	);
	const database = await opened(db, listeners);
	seed(database, Date.now());
	dropExpired(database);

	const feed = new Feed();
	const log = new ControlLog();
	const faults = new Faults();
	const settings = new ControlSettings();
	const directory = new Directory(database);
	const keys = await loadKeys(database);
	const organizations = new GrantOrganizations(database, directory);
	const profileOf = (
		/** @type {import("./directory.js").Person} */ { id, name, email },
	) => ({ name, email, picture: pictureUrl(apiUrl, id) });
	const provider = createProvider({
		issuer,
		database,
		directory,
		organizations,
		keys,
		settings,
		log,
		redirectUris,
		profileOf,
	});
	const sessionTokens = new SessionTokens(apiUrl, keys.signingKey);
	const dpopProofs = new DpopProofs({
		origin: apiUrl,
		nonceSecret: keys.nonceSecret,
		settings,
	});
	const as = callersOf(
		new BearerGuard({ provider, directory, sessionTokens, dpopProofs }),
	);

	const store = new SettingsStore(database, feed);
	const tasks = new TaskStore(database, feed);
	const usage = new UsageStore(database);
	const shares = new ShareStore(database, feed);
	const clientConfig = { apiUrl, issuer, clientId: CLIENT_ID };
	const configRoute = {
		"GET /config.json": (
			/** @type {import("./http/exchange.js").Exchange} */ exchange,
		) =>
			exchange.json(200, clientConfig, {
				"Cache-Control": "no-store",
				"Access-Control-Allow-Origin": "*",
			}),
	};

	const api = new Router({
		...settingsRoutes({ store, as }),
		...shareRoutes({ apiUrl, shares, tasks, store, as }),
		...eventRoutes({ database, feed, settings, tasks, usage, as }),
		...usageRoutes({ usage, directory, as }),
		...meRoutes({ apiUrl, database, directory, log, as }),
		...sharePages({ apiUrl, issuer, provider, directory, shares, tasks }),
		...homePages({ directory, dashboardUrl }),
		...adminPages({ database, directory, store, shares, feed }),
		...controlRoutes({
			database,
			directory,
			organizations,
			provider,
			sessionTokens,
			settings,
			faults,
			log,
		}),
		...ticketPages({ database, directory }),
		...ticketServerRoutes({
			apiUrl,
			database,
			directory,
			sessionTokens,
			settings,
		}),
		...configRoute,
	});
	const signIn = new Router(signInRoutes(provider, directory, settings));
	const oidc = provider.callback();
	const dashboard = new Router(configRoute);
	const serveFile = staticFiles(staticDirectory ?? "");

	const sites = [
		new Site("api", { log, faults }, (exchange) => api.answer(exchange)),
		new Site("auth", { log, faults }, async (exchange) => {
			if (settings.coop)
				exchange.response.setHeader(
					"Cross-Origin-Opener-Policy",
					settings.coop,
				);
			nameEmptyOrganization(exchange);
			if (!(await signIn.answer(exchange)))
				await oidc(exchange.request, exchange.response);
			return true;
		}),
		new Site("dashboard", { log, faults }, async (exchange) => {
			if (!(await dashboard.answer(exchange))) await serveFile(exchange);
			return true;
		}),
	];
	for (const [index, listener] of listeners.entries())
		listener.serve((request, response) =>
			sites[index].answer(request, response),
		);

	return {
		apiUrl,
		issuer,
		dashboardUrl,
		adminUrl: `${apiUrl}/admin`,
		clientId: CLIENT_ID,
		/** What tests in the same process may reach for; others use the control endpoint. */
		control: { database, faults, settings, log, store, shares },
		async close() {
			await Promise.all(listeners.map((listener) => listener.close()));
			database.close();
		},
	};
}

/**
 * The database; where it cannot be opened, the ports are given back.
 * @param {string} file
 * @param {import("./http/listener.js").Listener[]} listeners
 */
async function opened(file, listeners) {
	try {
		return openDatabase(file);
	} catch (error) {
		await Promise.all(listeners.map((listener) => listener.close()));
		throw error;
	}
}
