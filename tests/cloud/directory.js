/**
 * @typedef {{ id: string, name: string, email: string, defaultOrganizationId: string | null }} Person
 * @typedef {{ id: string, role: string, permissions: string[], organization: { id: string, name: string, slug: string } }} Membership
 */

/** Who there is, and who belongs where. */
export class Directory {
	#database;

	/** @param {import("./database.js").SqliteDatabase} database */
	constructor(database) {
		this.#database = database;
	}

	/** @returns {Person[]} */
	people() {
		return /** @type {any[]} */ (
			this.#database.prepare("SELECT * FROM people ORDER BY name").all()
		).map(personOf);
	}

	/** @param {string} id @returns {Person | undefined} */
	person(id) {
		const row = this.#database
			.prepare("SELECT * FROM people WHERE id = ?")
			.get(id);
		return row ? personOf(row) : undefined;
	}

	/** @returns {{ id: string, name: string, slug: string }[]} */
	organizations() {
		return /** @type {any[]} */ (
			this.#database
				.prepare("SELECT id, name, slug FROM organizations ORDER BY rowid")
				.all()
		);
	}

	/** @param {string} id @returns {{ id: string, name: string, slug: string } | undefined} */
	organization(id) {
		return /** @type {any} */ (
			this.#database
				.prepare("SELECT id, name, slug FROM organizations WHERE id = ?")
				.get(id)
		);
	}

	/** @param {string} personId @returns {Membership[]} */
	memberships(personId) {
		const rows = this.#database
			.prepare(
				`SELECT memberships.id, role, permissions, organizations.id AS organizationId, name, slug
         FROM memberships JOIN organizations ON organizations.id = organization_id WHERE person_id = ? ORDER BY name`,
			)
			.all(personId);
		return /** @type {any[]} */ (rows).map((row) => ({
			id: row.id,
			role: row.role,
			permissions: JSON.parse(row.permissions),
			organization: { id: row.organizationId, name: row.name, slug: row.slug },
		}));
	}

	/** @param {string} personId @param {string} organizationId */
	membership(personId, organizationId) {
		return this.memberships(personId).find(
			(membership) => membership.organization.id === organizationId,
		);
	}

	/**
	 * What is left to spend, in US dollars.
	 * @param {string} personId
	 * @param {string | null} organizationId
	 * @returns {number}
	 */
	creditBalance(personId, organizationId) {
		const table = organizationId ? "organizations" : "people";
		const row = this.#database
			.prepare(`SELECT credit_balance FROM ${table} WHERE id = ?`)
			.get(organizationId ?? personId);
		return /** @type {any} */ (row).credit_balance;
	}
}

/** @param {any} row @returns {Person} */
function personOf(row) {
	return {
		id: row.id,
		name: row.name,
		email: row.email,
		defaultOrganizationId: row.default_organization_id,
	};
}
