import { randomBytes } from "node:crypto";
import { badRequest, forbidden, Problem } from "../http/problem.js";

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * @typedef {{ id: string, taskId: string, visibility: "organization" | "public", organizationId: string, personId: string,
 *   createdAt: number, expiresAt: number | null }} Share
 */

/** Shares and who has looked at them. */
export class ShareStore {
	#database;
	#feed;

	/** @param {import("../database.js").SqliteDatabase} database @param {import("../feed.js").Feed} feed */
	constructor(database, feed) {
		this.#database = database;
		this.#feed = feed;
	}

	/**
	 * The share that stands for a task in a visibility, or a new one.
	 * @param {Omit<Share, "id" | "createdAt">} wanted
	 * @returns {{ share: Share, isNew: boolean }}
	 */
	findOrCreate(wanted) {
		const { taskId, visibility, organizationId, personId, expiresAt } = wanted;
		const standing = this.#select(
			"task_id = ? AND visibility = ? AND organization_id = ? AND (expires_at IS NULL OR expires_at > ?)",
			taskId,
			visibility,
			organizationId,
			Date.now(),
		)[0];
		if (standing) return { share: standing, isNew: false };
		const share = {
			...wanted,
			id: randomBytes(16).toString("base64url"),
			createdAt: Date.now(),
		};
		this.#database
			.prepare("INSERT INTO shares VALUES (?, ?, ?, ?, ?, ?, ?)")
			.run(
				share.id,
				taskId,
				visibility,
				organizationId,
				personId,
				share.createdAt,
				expiresAt,
			);
		this.#feed.changed("shares");
		return { share, isNew: true };
	}

	/** @param {string} id @returns {Share | undefined} */
	share(id) {
		return this.#select("id = ?", id)[0];
	}

	/** Newest first. @returns {Share[]} */
	all() {
		return this.#select("TRUE").reverse();
	}

	/** @param {string} id @param {number | null} expiresAt */
	setExpiry(id, expiresAt) {
		const { changes } = this.#database
			.prepare("UPDATE shares SET expires_at = ? WHERE id = ?")
			.run(expiresAt, id);
		this.#feed.changed("shares");
		return changes === 1;
	}

	/** @param {string} shareId @param {string | undefined} personId @param {"shown" | "expired" | "sign-in-asked" | "refused"} outcome */
	logAccess(shareId, personId, outcome) {
		const insert = this.#database.prepare(
			"INSERT INTO share_access_log (share_id, at, person_id, outcome) VALUES (?, ?, ?, ?)",
		);
		insert.run(shareId, Date.now(), personId ?? null, outcome);
		this.#feed.changed("shares");
	}

	/** Newest first. @param {string} shareId @returns {{ at: number, personId: string | null, outcome: string }[]} */
	accesses(shareId) {
		const select = this.#database.prepare(
			"SELECT at, person_id AS personId, outcome FROM share_access_log WHERE share_id = ? ORDER BY id DESC LIMIT 100",
		);
		return /** @type {any} */ (select.all(shareId));
	}

	/** @param {string} condition @param {...unknown} values @returns {Share[]} */
	#select(condition, ...values) {
		const columns =
			"id, task_id AS taskId, visibility, organization_id AS organizationId, person_id AS personId, created_at AS createdAt, expires_at AS expiresAt";
		return /** @type {any} */ (
			this.#database
				.prepare(
					`SELECT ${columns} FROM shares WHERE ${condition} ORDER BY rowid`,
				)
				.all(...values)
		);
	}
}

/**
 * @param {{
 *   apiUrl: string,
 *   shares: ShareStore,
 *   tasks: import("./tasks-store.js").TaskStore,
 *   store: import("./settings-store.js").SettingsStore,
 *   as: import("./caller.js").As,
 * }} parts
 * @returns {Record<string, import("../http/router.js").Handler>}
 */
export function shareRoutes({ apiUrl, shares, tasks, store, as }) {
	return {
		"POST /api/extension/share": as(async (exchange, caller) => {
			const { taskId, visibility } = await exchange.jsonObject();
			if (typeof taskId !== "string" || taskId === "")
				throw badRequest("taskId is missing");
			if (visibility !== "organization" && visibility !== "public")
				throw badRequest("visibility must be organization or public");

			const { cloudSettings = {} } = store.ownerSettings(caller.ownerId);
			if (!cloudSettings.enableTaskSharing)
				throw forbidden("sharing is turned off here");
			if (
				visibility === "public" &&
				cloudSettings.allowPublicTaskSharing === false
			)
				throw forbidden("public sharing is turned off here");
			if (visibility === "organization" && !caller.organizationId)
				throw forbidden("a personal account has no organization to share with");

			const task = tasks.task(taskId);
			if (!task || task.personId !== caller.personId)
				throw new Problem(
					404,
					"task_not_found",
					"the task is not on the server",
				);
			const days = cloudSettings.taskShareExpirationDays;
			const { share, isNew } = shares.findOrCreate({
				taskId,
				visibility,
				organizationId: caller.organizationId ?? "",
				personId: caller.personId,
				expiresAt: days ? Date.now() + days * DAY_MS : null,
			});
			exchange.json(200, {
				success: true,
				shareUrl: `${apiUrl}/share/${share.id}`,
				isNewShare: isNew,
				manageUrl: `${apiUrl}/admin#share-${share.id}`,
			});
		}),
	};
}
