import { notFound } from "../http/problem.js";
import { html, page } from "./page.js";

/**
 * The cloud's front page and the pictures of people and organizations.
 * @param {{ directory: import("../directory.js").Directory, dashboardUrl: string | undefined }} parts
 * @returns {Record<string, import("../http/router.js").Handler>}
 */
export function homePages({ directory, dashboardUrl }) {
	return {
		"GET /": (exchange) => {
			const people = directory.people().map((person) => {
				const places = directory
					.memberships(person.id)
					.map(
						({ organization, role }) =>
							`${organization.name} (${role.replace("org:", "")})`,
					);
				return html`<li>${person.name}: ${places.join(", ") || "personal account only"}</li>`;
			});
			exchange.html(
				200,
				page(
					"Roo Cloud, development",
					html`<h1>Roo Cloud, development</h1>
            <p>A whole cloud on this machine: sign-in, settings, profiles, shares, events, usage.</p>
            ${dashboardUrl ? html`<a class="button first" href="${dashboardUrl}">Dashboard</a>` : ""}
            <a class="button" href="/admin">Administration: profiles, settings, events, shares</a>
            <h2>People</h2>
            <ul>${people}</ul>`,
				),
			);
		},

		"GET /pictures/:id.svg": (exchange) => {
			const { id } = exchange.params;
			const name =
				directory.person(id)?.name ?? directory.organization(id)?.name;
			if (!name) throw notFound("this picture");
			exchange.send(200, picture(name, id), {
				"Content-Type": "image/svg+xml",
				"Cache-Control": "max-age=86400",
				"Access-Control-Allow-Origin": "*",
			});
		},
	};
}

/** Initials on a colour of their own. @param {string} name @param {string} id */
function picture(name, id) {
	const initials = name
		.split(" ")
		.map((word) => word[0])
		.join("")
		.slice(0, 2);
	const hue = [...id].reduce(
		(sum, character) => (sum * 31 + character.charCodeAt(0)) % 360,
		7,
	);
	return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" role="img" aria-label="${name}">
    <rect width="64" height="64" fill="hsl(${hue} 55% 34%)"/>
    <text x="32" y="41" font-family="system-ui, sans-serif" font-size="26" fill="#fff" text-anchor="middle">${initials}</text></svg>`.toString();
}
