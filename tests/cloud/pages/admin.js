import { readFileSync } from "node:fs";
import { badRequest, notFound } from "../http/problem.js";

const MOST_EVENTS = 50;

/**
 * The administration page and what it calls: it changes profiles and settings while clients run, and watches what they send.
 * @param {{
 *   database: import("../database.js").SqliteDatabase,
 *   directory: import("../directory.js").Directory,
 *   store: import("../api/settings-store.js").SettingsStore,
 *   shares: import("../api/shares.js").ShareStore,
 *   feed: import("../feed.js").Feed,
 * }} parts
 * @returns {Record<string, import("../http/router.js").Handler>}
 */
export function adminPages({ database, directory, store, shares, feed }) {
	return {
		"GET /admin": (exchange) => exchange.html(200, adminFile("index.html")),
		"GET /admin/admin.js": (exchange) =>
			exchange.send(200, adminFile("admin.js"), {
				"Content-Type": "text/javascript; charset=utf-8",
				"Cache-Control": "no-cache",
			}),
		"GET /admin/admin.css": (exchange) =>
			exchange.send(200, adminFile("admin.css"), {
				"Content-Type": "text/css; charset=utf-8",
				"Cache-Control": "no-cache",
			}),

		"GET /admin/api/owners": (exchange) =>
			exchange.json(200, { owners: owners(directory) }),

		"GET /admin/api/owners/:owner": (exchange) => {
			const { owner } = exchange.params;
			const {
				version,
				providerProfiles: _,
				...settings
			} = store.ownerSettings(owner);
			exchange.json(200, {
				version,
				settings,
				profiles: store.profiles(owner),
			});
		},
		"PUT /admin/api/owners/:owner/settings": async (exchange) => {
			store.saveOwnerSettings(
				exchange.params.owner,
				await exchange.jsonObject(),
			);
			exchange.send(204);
		},
		"POST /admin/api/owners/:owner/bump": (exchange) => {
			store.bumpVersion(exchange.params.owner);
			exchange.send(204);
		},
		"POST /admin/api/owners/:owner/profiles": async (exchange) => {
			const { name, document } = await profileIn(exchange);
			exchange.json(201, {
				id: store.addProfile(exchange.params.owner, name, document),
			});
		},
		"PUT /admin/api/owners/:owner/profiles/:id": async (exchange) => {
			const { name, document } = await profileIn(exchange);
			store.saveProfile(
				exchange.params.owner,
				exchange.params.id,
				name,
				document,
			);
			exchange.send(204);
		},
		"DELETE /admin/api/owners/:owner/profiles/:id": (exchange) => {
			store.deleteProfile(exchange.params.owner, exchange.params.id);
			exchange.send(204);
		},

		"GET /admin/api/people/:person/settings": (exchange) => {
			if (!directory.person(exchange.params.person))
				throw notFound("this person");
			exchange.json(200, store.userSettings(exchange.params.person));
		},
		"PUT /admin/api/people/:person/settings": async (exchange) => {
			if (!directory.person(exchange.params.person))
				throw notFound("this person");
			exchange.json(
				200,
				store.patchUserSettings(
					exchange.params.person,
					await exchange.jsonObject(),
					undefined,
				),
			);
		},

		"GET /admin/api/events": (exchange) => {
			const after = Number(exchange.url.searchParams.get("after") ?? 0);
			const columns =
				"sequence, id, person_id AS personId, organization_id AS organizationId, type, properties, received_at AS receivedAt, route";
			const rows = database
				.prepare(
					`SELECT ${columns} FROM events WHERE sequence > ? ORDER BY sequence DESC LIMIT ?`,
				)
				.all(after, MOST_EVENTS);
			const total = /** @type {any} */ (
				database.prepare("SELECT count(*) AS count FROM events").get()
			).count;
			exchange.json(200, {
				total,
				events: /** @type {any[]} */ (rows).map((row) => ({
					...row,
					properties: JSON.parse(row.properties),
				})),
			});
		},

		"GET /admin/api/shares": (exchange) => {
			exchange.json(200, {
				shares: shares
					.all()
					.map((share) => ({ ...share, accesses: shares.accesses(share.id) })),
			});
		},
		"PUT /admin/api/shares/:id": async (exchange) => {
			const { expiresAt } = await exchange.jsonObject();
			if (expiresAt !== null && !Number.isFinite(expiresAt))
				throw badRequest("expiresAt must be a time in milliseconds, or null");
			if (!shares.setExpiry(exchange.params.id, expiresAt))
				throw notFound("this share");
			exchange.send(204);
		},

		// Server-sent events: the name of the list that has changed.
		"GET /admin/api/changes": ({ response }) => {
			response.writeHead(200, {
				"Content-Type": "text/event-stream",
				"Cache-Control": "no-store",
			});
			response.write("retry: 1000\n\n");
			const stop = feed.listen((topic) => response.write(`data: ${topic}\n\n`));
			response.once("close", stop);
		},
	};
}

/** @param {string} name */
function adminFile(name) {
	return readFileSync(new URL(`admin/${name}`, import.meta.url), "utf8");
}

/** @param {import("../directory.js").Directory} directory */
function owners(directory) {
	const named = (
		/** @type {{ id: string, name: string }[]} */ all,
		/** @type {string} */ kind,
	) => all.map(({ id, name }) => ({ id, name, kind }));
	return [
		...named(directory.organizations(), "organization"),
		...named(directory.people(), "personal account"),
	];
}

/** @param {import("../http/exchange.js").Exchange} exchange */
async function profileIn(exchange) {
	const { name, document } = await exchange.jsonObject();
	if (
		typeof document !== "object" ||
		document === null ||
		Array.isArray(document)
	)
		throw badRequest("document must be an object");
	return { name, document };
}
