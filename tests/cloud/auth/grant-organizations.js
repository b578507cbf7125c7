import { errors } from "./quiet-import.js";

/** The `organization_id` of the personal account, besides the empty one. */
const PERSONAL = "personal";

/**
 * OAuth treats an empty parameter as one that is absent (RFC 6749, 3.1), and so does oidc-provider; here the empty one means
 * the personal account, so it is given a value before the request goes in.
 * @param {import("../http/exchange.js").Exchange} exchange an authorization request
 */
export function nameEmptyOrganization({ request, url }) {
	if (url.searchParams.get("organization_id") !== "") return;
	url.searchParams.set("organization_id", PERSONAL);
	request.url = url.pathname + url.search;
}

/**
 * In which organization each grant acts. It is chosen by `organization_id` on the authorization request and changed by the
 * same parameter on the refresh grant; empty means the personal account, absent the person's usual place.
 */
export class GrantOrganizations {
	#database;
	#directory;

	/**
	 * @param {import("../database.js").SqliteDatabase} database
	 * @param {import("../directory.js").Directory} directory
	 */
	constructor(database, directory) {
		this.#database = database;
		this.#directory = directory;
	}

	/**
	 * @param {string} personId
	 * @param {unknown} parameter the request's `organization_id`
	 * @returns {string | null} null for the personal account
	 */
	choose(personId, parameter) {
		if (parameter === undefined || parameter === null)
			return this.#directory.person(personId)?.defaultOrganizationId ?? null;
		if (parameter === "" || parameter === PERSONAL) return null;
		if (
			typeof parameter !== "string" ||
			!this.#directory.membership(personId, parameter)
		) {
			throw new errors.AccessDenied("not a member of this organization");
		}
		return parameter;
	}

	/** @param {string} grantId @param {string | null} organizationId */
	set(grantId, organizationId) {
		this.#database
			.prepare("INSERT OR REPLACE INTO grant_organizations VALUES (?, ?)")
			.run(grantId, organizationId ?? "");
	}

	/**
	 * The claims that tell clients and the API where a grant acts; none in a personal account.
	 * @param {string | undefined} grantId
	 * @param {string | undefined} personId
	 * @returns {{ org_id?: string, org_role?: string }}
	 */
	claims(grantId, personId) {
		if (!grantId || !personId) return {};
		const row = this.#database
			.prepare(
				"SELECT organization_id FROM grant_organizations WHERE grant_id = ?",
			)
			.get(grantId);
		const organizationId = /** @type {any} */ (row)?.organization_id;
		const membership = organizationId
			? this.#directory.membership(personId, organizationId)
			: undefined;
		return membership
			? { org_id: organizationId, org_role: membership.role }
			: {};
	}
}
