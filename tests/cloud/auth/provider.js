import { createHash } from "node:crypto";
import { isAllowedOrigin } from "../http/loopback.js";
import { sqliteAdapter } from "./adapter.js";
import { CLIENT_ID, clients, isEditorCallback } from "./clients.js";
import { interactions } from "./interaction-policy.js";
import { Provider } from "./quiet-import.js";
import { errorPage, signedOutPage, signOutPage } from "./session-pages.js";

const DAY_SECONDS = 24 * 60 * 60;
const ID_TOKEN_SECONDS = 60 * 60;

/**
 * The authorization server.
 * @param {{
 *   issuer: string,
 *   database: import("../database.js").SqliteDatabase,
 *   directory: import("../directory.js").Directory,
 *   organizations: import("./grant-organizations.js").GrantOrganizations,
 *   keys: Awaited<ReturnType<typeof import("./keys.js").loadKeys>>,
 *   settings: import("../control/settings.js").ControlSettings,
 *   log: import("../control/log.js").ControlLog,
 *   redirectUris: string[],
 *   profileOf: (person: import("../directory.js").Person) => Record<string, unknown>,
 * }} parts
 */
export function createProvider({
	issuer,
	database,
	directory,
	organizations,
	keys,
	settings,
	log,
	redirectUris,
	profileOf,
}) {
	const provider = new Provider(issuer, {
		adapter: sqliteAdapter(database, (grantId) =>
			log.token({
				outcome: "refresh-token-reused",
				grant: nameOfGrant(grantId),
			}),
		),
		clients: clients(redirectUris),
		clientDefaults: { id_token_signed_response_alg: "ES256" },
		jwks: { keys: [/** @type {any} */ (keys.signingKey)] },
		cookies: {
			keys: [keys.cookieKey],
			names: {
				session: "roo_cloud_session",
				interaction: "roo_cloud_interaction",
				resume: "roo_cloud_resume",
			},
		},
		clockTolerance: 0, // an access token of five seconds lives five seconds
		pkce: { required: () => true },
		clientBasedCORS: (_ctx, origin) => isAllowedOrigin(origin),
		routes: {
			authorization: "/oauth/authorize",
			token: "/oauth/token",
			revocation: "/oauth/revoke",
			introspection: "/oauth/introspect",
			userinfo: "/oauth/userinfo",
			jwks: "/oauth/jwks",
			end_session: "/oauth/sign-out",
			pushed_authorization_request: "/oauth/par",
		},
		features: {
			devInteractions: { enabled: false },
			dPoP: {
				enabled: true,
				nonceSecret: keys.nonceSecret,
				requireNonce: () => settings.dpopNonceRequired,
			},
			introspection: { enabled: true, allowedPolicy: ownTokensOnly },
			revocation: { enabled: true, allowedPolicy: ownTokensOnly },
			rpInitiatedLogout: {
				enabled: true,
				logoutSource: signOutPage,
				postLogoutSuccessSource: signedOutPage,
			},
		},
		interactions,
		extraParams: ["organization_id", "screen_hint", "landing_page"],
		scopes: ["openid", "profile", "email", "offline_access"],
		claims: {
			acr: null,
			auth_time: null,
			iss: null,
			sid: null,
			openid: ["sub", "org_id", "org_role"],
			profile: ["name", "picture"],
			email: ["email"],
		},
		responseTypes: ["code", "none"],
		issueRefreshToken: async (_ctx, client) =>
			client.grantTypeAllowed("refresh_token"),
		expiresWithSession: async () => false,
		renderError: errorPage,
		ttl: {
			AccessToken: () => settings.accessTokenSeconds,
			AuthorizationCode: 60,
			IdToken: ID_TOKEN_SECONDS,
			Interaction: 60 * 60,
			RefreshToken: 30 * DAY_SECONDS,
			Grant: 90 * DAY_SECONDS,
			Session: 30 * DAY_SECONDS,
		},

		async findAccount(_ctx, sub, token) {
			const person = directory.person(sub);
			if (!person) return undefined;
			const grantId = /** @type {any} */ (token)?.grantId;
			return {
				accountId: sub,
				claims: async () => ({
					sub,
					...profileOf(person),
					...organizations.claims(grantId, sub),
				}),
			};
		},

		// Consent is given in advance. Each sign-in has a grant of its own, so that one stolen refresh token ends one device.
		async loadExistingGrant(ctx) {
			const { account, client, params } = ctx.oidc;
			if (
				!account ||
				!client ||
				!params ||
				[...ctx.oidc.prompts].some((name) => ctx.oidc.promptPending(name))
			)
				return undefined;
			const organizationId = organizations.choose(
				account.accountId,
				params.organization_id,
			);
			const grant = new ctx.oidc.provider.Grant({
				accountId: account.accountId,
				clientId: client.clientId,
			});
			grant.addOIDCScope("openid profile email offline_access");
			organizations.set(await grant.save(), organizationId);
			return grant;
		},

		// Refuses an organization before the refresh token is spent; afterwards the grant acts in the new one.
		async rotateRefreshToken(ctx) {
			const { body } = /** @type {any} */ (ctx.oidc);
			const refreshToken = /** @type {any} */ (ctx.oidc.entities.RefreshToken);
			if (body?.organization_id !== undefined) {
				organizations.set(
					refreshToken.grantId,
					organizations.choose(refreshToken.accountId, body.organization_id),
				);
			}
			return true;
		},

		async extraTokenClaims(_ctx, token) {
			const { grantId, accountId } = /** @type {any} */ (token);
			return organizations.claims(grantId, accountId);
		},
	});

	acceptEditorCallbacks(provider);
	recordTokenRequests(provider, log);
	return provider;
}

/**
 * The list of a client's addresses cannot name what is another one each time.
 * @param {import("oidc-provider").Provider} provider
 */
function acceptEditorCallbacks(provider) {
	const { prototype } = provider.Client;
	const registered = prototype.redirectUriAllowed;
	prototype.redirectUriAllowed = function (/** @type {string} */ uri) {
		return (
			registered.call(this, uri) ||
			(this.clientId === CLIENT_ID && isEditorCallback(uri))
		);
	};
}

/** @param {unknown} _ctx @param {import("oidc-provider").Client} client @param {any} token */
async function ownTokensOnly(_ctx, client, token) {
	return token.clientId === client.clientId;
}

/**
 * Notes what became of each token request: never a token, a code or a verifier.
 * @param {import("oidc-provider").Provider} provider
 * @param {import("../control/log.js").ControlLog} log
 */
function recordTokenRequests(provider, log) {
	const describe = (/** @type {any} */ ctx) => ({
		grantType: ctx.oidc.params?.grant_type,
		grant: nameOfGrant(ctx.oidc.entities.Grant?.jti),
		clientId: ctx.oidc.client?.clientId,
		personId: ctx.oidc.entities.Account?.accountId,
		organizationId: ctx.oidc.entities.AccessToken?.extra?.org_id ?? null,
		dpop: ctx.oidc.entities.AccessToken?.jkt !== undefined,
	});
	provider.on("grant.success", (ctx) =>
		log.token({ outcome: "granted", ...describe(ctx) }),
	);
	provider.on("grant.error", (ctx, error) => {
		const reused =
			/** @type {any} */ (error).error_detail === "refresh token already used";
		log.token({
			outcome: reused ? "refresh-token-reused" : "refused",
			error: error.message,
			...describe(ctx),
		});
	});
	provider.on("grant.revoked", (_ctx, grantId) =>
		log.token({ outcome: "grant-revoked", grant: nameOfGrant(grantId) }),
	);
}

/**
 * Tells the grants in the log apart, and is good for nothing else.
 * @param {string | undefined} grantId
 */
function nameOfGrant(grantId) {
	return (
		grantId && createHash("sha256").update(grantId).digest("hex").slice(0, 12)
	);
}
