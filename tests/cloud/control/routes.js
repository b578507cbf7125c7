import { revokeEverything } from "../auth/adapter.js";
import { CLIENT_ID } from "../auth/clients.js";
import { badRequest, notFound } from "../http/problem.js";
import { reseed } from "../seed/index.js";

const STATIC_TOKEN_SECONDS = 24 * 60 * 60;

/**
 * How tests steer the cloud while it runs.
 * @param {{
 *   database: import("../database.js").SqliteDatabase,
 *   directory: import("../directory.js").Directory,
 *   organizations: import("../auth/grant-organizations.js").GrantOrganizations,
 *   provider: import("oidc-provider").Provider,
 *   sessionTokens: import("../auth/session-token.js").SessionTokens,
 *   settings: import("./settings.js").ControlSettings,
 *   faults: import("./faults.js").Faults,
 *   log: import("./log.js").ControlLog,
 * }} parts
 * @returns {Record<string, import("../http/router.js").Handler>}
 */
export function controlRoutes({
	database,
	directory,
	organizations,
	provider,
	sessionTokens,
	settings,
	faults,
	log,
}) {
	const personOf = (/** @type {Record<string, unknown>} */ { personId }) => {
		const person =
			typeof personId === "string" ? directory.person(personId) : undefined;
		if (!person) throw notFound("this person");
		return person.id;
	};

	return {
		"GET /control/faults": (exchange) =>
			exchange.json(200, { faults: faults.list() }),
		"POST /control/faults": async (exchange) =>
			exchange.json(201, faults.add(await exchange.jsonObject())),
		"DELETE /control/faults": (exchange) => {
			faults.clear();
			exchange.send(204);
		},

		"GET /control/settings": (exchange) => exchange.json(200, settings),
		"POST /control/settings": async (exchange) => {
			settings.change(await exchange.jsonObject());
			exchange.json(200, settings);
		},

		"GET /control/log": (exchange) => {
			const after = Number(exchange.url.searchParams.get("after") ?? 0);
			const kind = exchange.url.searchParams.get("kind");
			exchange.json(200, {
				entries: log
					.since(after)
					.filter((entry) => !kind || entry.kind === kind),
			});
		},

		// Faults, settings and log always; `data` puts the seeded content back, `sessions` forgets all sign-ins.
		"POST /control/reset": async (exchange) => {
			const { data, sessions } = await exchange.jsonObject();
			faults.clear();
			settings.reset();
			log.clear();
			if (data) reseed(database, Date.now());
			if (sessions)
				for (const person of directory.people())
					revokeEverything(database, person.id);
			exchange.send(204);
		},

		// A sign-in without a browser, for tests that begin behind it: the answer is the token endpoint's.
		"POST /control/sessions": async (exchange) => {
			const request = await exchange.jsonObject();
			const accountId = personOf(request);
			const client = await provider.Client.find(CLIENT_ID);
			if (!client) throw notFound("the client");
			const scope = "openid profile email";
			const grant = new provider.Grant({ accountId, clientId: CLIENT_ID });
			grant.addOIDCScope(scope);
			const organizationId = organizations.choose(
				accountId,
				request.organizationId === null ? "" : request.organizationId,
			);
			const grantId = await grant.save();
			organizations.set(grantId, organizationId);
			const facts = /** @type {any} */ ({
				accountId,
				client,
				grantId,
				scope,
				gty: "authorization_code",
				expiresWithSession: false,
				authTime: Math.floor(Date.now() / 1000),
			});
			const accessToken = new provider.AccessToken(facts);
			const refreshToken = new provider.RefreshToken(facts);
			exchange.json(200, {
				access_token: await accessToken.save(),
				refresh_token: await refreshToken.save(),
				token_type: "Bearer",
				expires_in: settings.accessTokenSeconds,
				scope,
			});
		},

		// Ends all grants of a person behind the client's back.
		"POST /control/revoke": async (exchange) => {
			exchange.json(200, {
				revoked: revokeEverything(
					database,
					personOf(await exchange.jsonObject()),
				),
			});
		},

		"POST /control/static-token": async (exchange) => {
			const request = await exchange.jsonObject();
			const personId = personOf(request);
			const { organizationId = null, expiresInSeconds = STATIC_TOKEN_SECONDS } =
				request;
			if (
				organizationId !== null &&
				!directory.membership(personId, organizationId)
			)
				throw badRequest("not a member of this organization");
			if (!Number.isInteger(expiresInSeconds))
				throw badRequest("expiresInSeconds must be a whole number");
			exchange.json(200, {
				token: await sessionTokens.issue(
					personId,
					organizationId,
					expiresInSeconds,
				),
			});
		},
	};
}
