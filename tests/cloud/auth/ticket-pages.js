import { randomBytes } from "node:crypto";
import { badRequest, notFound } from "../http/problem.js";
import { html, page } from "../pages/page.js";

const TICKET_MS = 60 * 1000;

/** `<scheme>://<publisher>.<name>`: an editor's own scheme, never one that a browser runs or fetches. */
const AUTH_REDIRECT =
	/^(?!(?:https?|javascript|data|file|blob):)[a-z][a-z0-9+.-]*:\/\/[\w-]+\.[\w-]+$/;

/**
 * The pages of the ticket sign-in that Roo Code's production cloud speaks: they send a short-lived code to the editor.
 * @param {{ database: import("../database.js").SqliteDatabase, directory: import("../directory.js").Directory }} parts
 * @returns {Record<string, import("../http/router.js").Handler>}
 */
export function ticketPages({ database, directory }) {
	const choosePerson = (
		/** @type {import("../http/exchange.js").Exchange} */ exchange,
	) => {
		const { state, authRedirect } = returnAddress(exchange.url.searchParams);
		exchange.html(200, choicePage(directory, state, authRedirect));
	};
	return {
		"GET /extension/sign-in": choosePerson,
		"GET /extension/provider-sign-up": choosePerson,
		"GET /l/:slug": choosePerson,

		"POST /extension/sign-in": async (exchange) => {
			const form = await exchange.form();
			const { state, authRedirect } = returnAddress(form);
			const person = directory.person(String(form.get("person")));
			if (!person) throw notFound("this person");
			const code = randomBytes(24).toString("base64url");
			database
				.prepare("INSERT INTO tickets VALUES (?, ?, ?)")
				.run(code, person.id, Date.now() + TICKET_MS);
			const answer = new URLSearchParams({ code, state });
			if (person.defaultOrganizationId)
				answer.set("organizationId", person.defaultOrganizationId);
			exchange.redirect(`${authRedirect}/auth/clerk/callback?${answer}`);
		},
	};
}

/** @param {URLSearchParams | FormData} parameters */
function returnAddress(parameters) {
	const state = String(parameters.get("state") ?? "");
	const authRedirect = String(parameters.get("auth_redirect") ?? "");
	if (state === "") throw badRequest("state is missing");
	if (!AUTH_REDIRECT.test(authRedirect))
		throw badRequest("auth_redirect must be <scheme>://<publisher>.<name>");
	return { state, authRedirect };
}

/** @param {import("../directory.js").Directory} directory @param {string} state @param {string} authRedirect */
function choicePage(directory, state, authRedirect) {
	return page(
		"Sign in – Roo Cloud",
		html`<h1>Sign in to Roo Cloud</h1>
      <p class="quiet">Development cloud: choose who to be. You go back to ${authRedirect}.</p>
      <form method="post" action="/extension/sign-in">
        <input type="hidden" name="state" value="${state}"><input type="hidden" name="auth_redirect" value="${authRedirect}">
        ${directory.people().map((person, index) => html`<button name="person" value="${person.id}" ${index === 0 ? html`class="first" autofocus` : ""}>${person.name} <small>${person.email}</small></button>`)}
      </form>`,
		{ narrow: true },
	);
}
