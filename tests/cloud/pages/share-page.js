import { signedInPerson } from "../auth/browser-session.js";
import { PAGES_CLIENT_ID } from "../auth/clients.js";
import { badRequest } from "../http/problem.js";
import { html, page } from "./page.js";

/**
 * What a share's link opens. Each visit is noted with its outcome.
 * @param {{
 *   apiUrl: string,
 *   issuer: string,
 *   provider: import("oidc-provider").Provider,
 *   directory: import("../directory.js").Directory,
 *   shares: import("../api/shares.js").ShareStore,
 *   tasks: import("../api/tasks-store.js").TaskStore,
 * }} parts
 * @returns {Record<string, import("../http/router.js").Handler>}
 */
export function sharePages({
	apiUrl,
	issuer,
	provider,
	directory,
	shares,
	tasks,
}) {
	return {
		"GET /share/:id": async (exchange) => {
			const share = shares.share(exchange.params.id);
			if (!share)
				return exchange.html(
					404,
					plain(
						"No such share",
						"This link leads nowhere. It may have been mistyped.",
					),
				);
			const personId = await signedInPerson(provider, exchange);
			const outcome = outcomeOf(share, personId, directory);
			shares.logAccess(share.id, personId, outcome);

			if (outcome === "expired")
				return exchange.html(
					410,
					plain(
						"This share has expired",
						"Ask whoever sent you the link to share the task again.",
					),
				);
			if (outcome === "refused")
				return exchange.html(
					403,
					plain(
						"Not shared with you",
						"Only members of the organization it was shared with can see this task.",
					),
				);
			if (outcome === "sign-in-asked")
				return exchange.html(
					401,
					signInPage(signInUrl(apiUrl, issuer, `/share/${share.id}`)),
				);
			exchange.html(
				200,
				taskPage(share, directory, tasks.messages(share.taskId)),
			);
		},

		// Where the sign-in that `signInUrl` begins comes back to; `state` is the page that asked for it.
		"GET /signed-in": (exchange) => {
			const back = exchange.url.searchParams.get("state") ?? "";
			if (!/^\/share\/[\w-]+$/.test(back))
				throw badRequest("state is not a page of this cloud");
			exchange.redirect(back);
		},
	};
}

/**
 * @param {import("../api/shares.js").Share} share
 * @param {string | undefined} personId
 * @param {import("../directory.js").Directory} directory
 */
function outcomeOf(share, personId, directory) {
	if (share.expiresAt !== null && share.expiresAt <= Date.now())
		return "expired";
	if (share.visibility === "public") return "shown";
	if (!personId) return "sign-in-asked";
	return directory.membership(personId, share.organizationId)
		? "shown"
		: "refused";
}

/** @param {string} apiUrl @param {string} issuer @param {string} back */
function signInUrl(apiUrl, issuer, back) {
	const parameters = new URLSearchParams({
		client_id: PAGES_CLIENT_ID,
		response_type: "none",
		scope: "openid",
		redirect_uri: `${apiUrl}/signed-in`,
		state: back,
	});
	return `${issuer}/oauth/authorize?${parameters}`;
}

/** @param {string} url */
function signInPage(url) {
	return page(
		"Sign in to see this task",
		html`<h1>Sign in to see this task</h1>
      <p>It was shared with the members of an organization.</p>
      <a class="button first" href="${url}">Sign in</a>`,
		{ narrow: true },
	);
}

/** @param {string} title @param {string} explanation */
function plain(title, explanation) {
	return page(title, html`<h1>${title}</h1><p>${explanation}</p>`, {
		narrow: true,
	});
}

/**
 * @param {import("../api/shares.js").Share} share
 * @param {import("../directory.js").Directory} directory
 * @param {Record<string, any>[]} messages
 */
function taskPage(share, directory, messages) {
	const author = directory.person(share.personId)?.name;
	const audience =
		share.visibility === "public"
			? "anyone with the link"
			: `members of ${directory.organization(share.organizationId)?.name}`;
	const until = share.expiresAt
		? ` until ${new Date(share.expiresAt).toISOString().slice(0, 10)}`
		: "";
	return page(
		"Shared task – Roo Cloud",
		html`<h1>Shared task</h1>
      <p class="quiet">By ${author}, for ${audience}${until}</p>
      <ol class="messages">
        ${messages.map(
					(message) =>
						html`<li>
              <strong>${wordsFor(message)}</strong>
              <time class="quiet" datetime="${new Date(message.ts).toISOString()}">${new Date(message.ts).toISOString().slice(0, 16).replace("T", " ")} UTC</time>
              <p>${message.text}</p>
            </li>`,
				)}
      </ol>`,
	);
}

/** @param {Record<string, any>} message */
function wordsFor(message) {
	if (message.say === "user_feedback") return "Asked";
	if (message.say === "text") return "Said";
	if (
		message.say === "completion_result" ||
		message.ask === "completion_result"
	)
		return "Done";
	return String(message.ask ?? message.say ?? message.type).replaceAll(
		"_",
		" ",
	);
}
