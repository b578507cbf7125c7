import { notFound, Problem } from "../http/problem.js";
import { html, page } from "../pages/page.js";

const REMEMBER_SECONDS = 365 * 24 * 60 * 60;
const LAST_PERSON = "roo_cloud_last_person";

/**
 * The sign-in page: choose who to be. There are no passwords to type; the people are seeded and the server is loopback only.
 * @param {import("oidc-provider").Provider} provider
 * @param {import("../directory.js").Directory} directory
 * @param {import("../control/settings.js").ControlSettings} settings
 * @returns {Record<string, import("../http/router.js").Handler>}
 */
export function signInRoutes(provider, directory, settings) {
	const details = async (
		/** @type {import("../http/exchange.js").Exchange} */ {
			request,
			response,
			params,
		},
	) => {
		try {
			const interaction = await provider.interactionDetails(request, response);
			if (interaction.uid === params.uid) return interaction;
		} catch {
			// reported below
		}
		throw new Problem(
			400,
			"sign_in_expired",
			"this sign-in has expired or belongs to another browser; begin it again",
		);
	};

	const choose = async (
		/** @type {import("../http/exchange.js").Exchange} */ exchange,
		/** @type {string} */ promptName,
		/** @type {string} */ personId,
	) => {
		const { request, response } = exchange;
		const person = directory.person(personId);
		if (!person) throw notFound("this person");
		response.appendHeader(
			"Set-Cookie",
			`${LAST_PERSON}=${person.id}; Path=/interaction; Max-Age=${REMEMBER_SECONDS}; HttpOnly; SameSite=Lax`,
		);
		// An answer of the prompt's own name settles it (`select_account`, `create`); `login` says who it is.
		const result = {
			[promptName]: {},
			login: { accountId: person.id, remember: true },
		};
		return provider.interactionFinished(request, response, result, {
			mergeWithLastSubmission: false,
		});
	};

	return {
		"GET /interaction/:uid": async (exchange) => {
			const interaction = await details(exchange);
			if (settings.signsIn)
				return choose(exchange, interaction.prompt.name, settings.signsIn);
			const last =
				interaction.session?.accountId ??
				cookie(exchange.header("cookie"), LAST_PERSON);
			const people = directory
				.people()
				.sort(
					(left, right) => Number(right.id === last) - Number(left.id === last),
				);
			const creating =
				interaction.prompt.name === "create" ||
				interaction.params.screen_hint === "signup";
			exchange.html(
				200,
				page(
					creating ? "Sign up – Roo Cloud" : "Sign in – Roo Cloud",
					html`<h1>${creating ? "Sign up for" : "Sign in to"} Roo Cloud</h1>
            <p class="quiet">Development cloud: choose who to be. No password is asked.</p>
            <form method="post" action="/interaction/${interaction.uid}">
              ${people.map(
								(person, index) =>
									html`<button name="person" value="${person.id}" ${index === 0 ? html`class="first" autofocus` : ""}>
                    ${person.name} <small>${person.email} · ${places(directory, person.id)}</small>
                  </button>`,
							)}
              <button name="cancel" value="yes">Cancel</button>
            </form>`,
					{ narrow: true },
				),
			);
		},

		"POST /interaction/:uid": async (exchange) => {
			const interaction = await details(exchange);
			const form = await exchange.form();
			if (form.has("cancel")) {
				const { request, response } = exchange;
				const refusal = {
					error: "access_denied",
					error_description: "the sign-in was cancelled",
				};
				return provider.interactionFinished(request, response, refusal, {
					mergeWithLastSubmission: false,
				});
			}
			return choose(
				exchange,
				interaction.prompt.name,
				String(form.get("person")),
			);
		},
	};
}

/** @param {import("../directory.js").Directory} directory @param {string} personId */
function places(directory, personId) {
	const names = directory
		.memberships(personId)
		.map((membership) => membership.organization.name);
	return names.length > 0 ? names.join(", ") : "personal account only";
}

/** @param {string | undefined} header @param {string} name */
function cookie(header, name) {
	return header
		?.split(/;\s*/)
		.find((pair) => pair.startsWith(`${name}=`))
		?.slice(name.length + 1);
}
