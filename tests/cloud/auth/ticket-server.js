import { randomBytes } from "node:crypto";
import { pictureUrl } from "../api/me.js";
import { badRequest, forbidden, notFound, Problem } from "../http/problem.js";

const SESSION_TOKEN_SECONDS = 60;

/**
 * The ticket server, under `/ticket`: it trades a code for a client token, and that for session tokens of a minute. Like the
 * real one it refuses requests that carry both Origin and Authorization, and gives pages no CORS headers.
 * @param {{
 *   apiUrl: string,
 *   database: import("../database.js").SqliteDatabase,
 *   directory: import("../directory.js").Directory,
 *   sessionTokens: import("./session-token.js").SessionTokens,
 *   settings: import("../control/settings.js").ControlSettings,
 * }} parts
 * @returns {Record<string, import("../http/router.js").Handler>}
 */
export function ticketServerRoutes({
	apiUrl,
	database,
	directory,
	sessionTokens,
	settings,
}) {
	/** @typedef {(exchange: import("../http/exchange.js").Exchange, session: { id: string, personId: string }) => void | Promise<void>} SessionHandler */

	/** @param {SessionHandler} handler @returns {import("../http/router.js").Handler} */
	const signedIn = (handler) => async (exchange) => {
		refuseOriginWithAuthorization(exchange);
		const token =
			exchange.header("authorization")?.replace(/^Bearer /i, "") ?? "";
		const session = database
			.prepare(
				"SELECT id, person_id AS personId FROM ticket_sessions WHERE client_token = ?",
			)
			.get(token);
		if (!session)
			throw new Problem(401, "unauthorized", "the client token is not good");
		await handler(exchange, /** @type {any} */ (session));
	};
	/** Only for the session that the path names. @param {SessionHandler} handler */
	const ownSession = (handler) =>
		signedIn((exchange, session) => {
			if (exchange.params.session !== session.id)
				throw notFound("this session");
			return handler(exchange, session);
		});

	return {
		"POST /ticket/v1/client/sign_ins": async (exchange) => {
			refuseOriginWithAuthorization(exchange);
			const form = await exchange.form();
			if (form.get("strategy") !== "ticket")
				throw badRequest("strategy must be ticket");
			const spent = database
				.prepare(
					"DELETE FROM tickets WHERE code = ? AND expires_at > ? RETURNING person_id",
				)
				.get(String(form.get("ticket")), Date.now());
			if (!spent)
				throw new Problem(
					400,
					"ticket_invalid",
					"the ticket is not good, was used or has expired",
				);
			const id = `sess_${randomBytes(12).toString("base64url")}`;
			const clientToken = randomBytes(32).toString("base64url");
			database
				.prepare("INSERT INTO ticket_sessions VALUES (?, ?, ?)")
				.run(id, clientToken, /** @type {any} */ (spent).person_id);
			exchange.json(
				200,
				{ response: { created_session_id: id } },
				{ Authorization: clientToken },
			);
		},

		"POST /ticket/v1/client/sessions/:session/tokens": ownSession(
			async (exchange, { personId }) => {
				const asked = (await exchange.form()).get("organization_id");
				const organizationId =
					asked === null
						? (directory.person(personId)?.defaultOrganizationId ?? null)
						: String(asked) || null;
				if (organizationId && !directory.membership(personId, organizationId))
					throw forbidden("not a member of this organization");
				const seconds = Math.min(
					SESSION_TOKEN_SECONDS,
					settings.accessTokenSeconds,
				);
				exchange.json(200, {
					jwt: await sessionTokens.issue(personId, organizationId, seconds),
				});
			},
		),

		"POST /ticket/v1/client/sessions/:session/remove": ownSession(
			(exchange, { id }) => {
				database.prepare("DELETE FROM ticket_sessions WHERE id = ?").run(id);
				exchange.json(200, { response: { id, status: "removed" } });
			},
		),

		"GET /ticket/v1/me": signedIn((exchange, { personId }) => {
			const { id, name, email } =
				/** @type {import("../directory.js").Person} */ (
					directory.person(personId)
				);
			const [first_name, last_name] = name.split(" ");
			const emailId = `email_${id}`;
			exchange.json(200, {
				response: {
					id,
					first_name,
					last_name,
					image_url: pictureUrl(apiUrl, id),
					primary_email_address_id: emailId,
					email_addresses: [{ id: emailId, email_address: email }],
				},
			});
		}),

		"GET /ticket/v1/me/organization_memberships": signedIn(
			(exchange, { personId }) => {
				const response = directory
					.memberships(personId)
					.map(({ organization, ...membership }) => ({
						...membership,
						organization: {
							...organization,
							image_url: pictureUrl(apiUrl, organization.id),
						},
					}));
				exchange.json(200, { response });
			},
		),
	};
}

/** @param {import("../http/exchange.js").Exchange} exchange */
function refuseOriginWithAuthorization(exchange) {
	if (
		exchange.header("origin") !== undefined &&
		exchange.header("authorization") !== undefined
	) {
		throw new Problem(
			400,
			"origin_authorization_headers_conflict",
			"only one of Origin and Authorization may be sent",
		);
	}
}
