import { randomUUID } from "node:crypto";
import { inTransaction } from "../database.js";
import { badRequest, notFound, Problem } from "../http/problem.js";

const USER_SETTINGS = ["taskSyncEnabled", "llmEnhancedFeaturesEnabled"];

/** Settings of owners (organizations and personal accounts) with their profiles, and settings of persons; each with its version. */
export class SettingsStore {
	#database;
	#feed;

	/** @param {import("../database.js").SqliteDatabase} database @param {import("../feed.js").Feed} feed */
	constructor(database, feed) {
		this.#database = database;
		this.#feed = feed;
	}

	/** The `organization` part of `GET /api/extension-settings`. @param {string} ownerId */
	ownerSettings(ownerId) {
		const row = /** @type {any} */ (
			this.#database
				.prepare(
					"SELECT version, document FROM owner_settings WHERE owner_id = ?",
				)
				.get(ownerId)
		);
		if (!row) throw notFound("this owner");
		const profiles = this.profiles(ownerId).map(({ name, id, document }) => [
			name,
			{ ...document, id },
		]);
		return {
			version: row.version,
			...JSON.parse(row.document),
			providerProfiles: Object.fromEntries(profiles),
		};
	}

	/** @param {string} ownerId @returns {{ id: string, name: string, document: Record<string, unknown> }[]} */
	profiles(ownerId) {
		const rows = this.#database
			.prepare(
				"SELECT id, name, document FROM profiles WHERE owner_id = ? ORDER BY rowid",
			)
			.all(ownerId);
		return /** @type {any[]} */ (rows).map((row) => ({
			...row,
			document: JSON.parse(row.document),
		}));
	}

	/** @param {string} personId */
	userSettings(personId) {
		const row = /** @type {any} */ (
			this.#database
				.prepare("SELECT * FROM user_settings WHERE person_id = ?")
				.get(personId)
		);
		return {
			features: JSON.parse(row.features),
			settings: JSON.parse(row.settings),
			version: row.version,
		};
	}

	/**
	 * @param {string} personId
	 * @param {unknown} patch
	 * @param {unknown} version the one the patch was made on; absent, it applies to whatever there is
	 */
	patchUserSettings(personId, patch, version) {
		if (typeof patch !== "object" || patch === null)
			throw badRequest("settings must be an object");
		for (const [name, value] of Object.entries(patch)) {
			if (!USER_SETTINGS.includes(name))
				throw badRequest(`there is no user setting ${name}`);
			if (typeof value !== "boolean")
				throw badRequest(`${name} must be true or false`);
		}
		if (version !== undefined && typeof version !== "number")
			throw badRequest("version must be a number");
		return inTransaction(this.#database, () => {
			const current = this.userSettings(personId);
			if (version !== undefined && version !== current.version) {
				throw new Problem(
					409,
					"version_conflict",
					"the settings were changed by someone else",
					{ fields: { version: current.version } },
				);
			}
			const settings = JSON.stringify({ ...current.settings, ...patch });
			this.#database
				.prepare(
					"UPDATE user_settings SET settings = ?, version = version + 1 WHERE person_id = ?",
				)
				.run(settings, personId);
			this.#feed.changed("settings");
			return this.userSettings(personId);
		});
	}

	/** Replaces all but the profiles. @param {string} ownerId @param {Record<string, unknown>} document */
	saveOwnerSettings(ownerId, document) {
		const { version: _, providerProfiles: __, ...kept } = document;
		this.#change(
			ownerId,
			() =>
				this.#database
					.prepare("UPDATE owner_settings SET document = ? WHERE owner_id = ?")
					.run(JSON.stringify(kept), ownerId).changes,
		);
	}

	/** Makes the version newer with nothing else changed. @param {string} ownerId */
	bumpVersion(ownerId) {
		this.#change(ownerId, () => 1);
	}

	/** @param {string} ownerId @param {string} name @param {Record<string, unknown>} document @returns {string} the new profile's id */
	addProfile(ownerId, name, document) {
		const id = `prof_${randomUUID().slice(0, 8)}`;
		this.#change(ownerId, () => {
			this.#refuseTakenName(ownerId, name, id);
			return this.#database
				.prepare("INSERT INTO profiles VALUES (?, ?, ?, ?)")
				.run(id, ownerId, name, withoutId(document)).changes;
		});
		return id;
	}

	/** @param {string} ownerId @param {string} id @param {string} name @param {Record<string, unknown>} document */
	saveProfile(ownerId, id, name, document) {
		this.#change(ownerId, () => {
			this.#refuseTakenName(ownerId, name, id);
			const update = this.#database.prepare(
				"UPDATE profiles SET name = ?, document = ? WHERE owner_id = ? AND id = ?",
			);
			return update.run(name, withoutId(document), ownerId, id).changes;
		});
	}

	/** @param {string} ownerId @param {string} id */
	deleteProfile(ownerId, id) {
		this.#change(
			ownerId,
			() =>
				this.#database
					.prepare("DELETE FROM profiles WHERE owner_id = ? AND id = ?")
					.run(ownerId, id).changes,
		);
	}

	/** @param {string} ownerId @param {() => number} work says how many rows it changed */
	#change(ownerId, work) {
		inTransaction(this.#database, () => {
			if (work() === 0) throw notFound("what was to be changed");
			const { changes } = this.#database
				.prepare(
					"UPDATE owner_settings SET version = version + 1 WHERE owner_id = ?",
				)
				.run(ownerId);
			if (changes === 0) throw notFound("this owner");
		});
		this.#feed.changed("settings");
	}

	/** @param {string} ownerId @param {string} name @param {string} id */
	#refuseTakenName(ownerId, name, id) {
		if (typeof name !== "string" || name.trim() === "")
			throw badRequest("a profile needs a name");
		const other = this.#database
			.prepare(
				"SELECT 1 FROM profiles WHERE owner_id = ? AND name = ? AND id <> ?",
			)
			.get(ownerId, name, id);
		if (other)
			throw new Problem(
				409,
				"name_taken",
				`there is a profile named ${name} already`,
			);
	}
}

/** @param {Record<string, unknown>} document */
function withoutId({ id: _, ...document }) {
	return JSON.stringify(document);
}
