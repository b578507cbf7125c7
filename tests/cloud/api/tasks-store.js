/** Tasks and their messages. */
export class TaskStore {
	#database;
	#feed;

	/** @param {import("../database.js").SqliteDatabase} database @param {import("../feed.js").Feed} feed */
	constructor(database, feed) {
		this.#database = database;
		this.#feed = feed;
	}

	/**
	 * Keeps messages; one of the same time replaces the one there was.
	 * @param {import("../auth/bearer.js").Caller} caller
	 * @param {string} taskId
	 * @param {{ ts: number }[]} messages
	 */
	record(caller, taskId, messages) {
		if (!this.task(taskId)) {
			this.#database
				.prepare("INSERT INTO tasks VALUES (?, ?, ?, ?)")
				.run(taskId, caller.personId, caller.organizationId ?? "", Date.now());
		}
		const insert = this.#database.prepare(
			"INSERT OR REPLACE INTO messages VALUES (?, ?, ?)",
		);
		for (const message of messages)
			insert.run(taskId, message.ts, JSON.stringify(message));
		this.#feed.changed("tasks");
	}

	/** @param {import("../auth/bearer.js").Caller} caller @param {string} taskId */
	isSomeoneElses(caller, taskId) {
		const task = this.task(taskId);
		return task !== undefined && task.personId !== caller.personId;
	}

	/** @param {string} taskId @returns {{ id: string, personId: string, organizationId: string } | undefined} */
	task(taskId) {
		const columns =
			"id, person_id AS personId, organization_id AS organizationId";
		return /** @type {any} */ (
			this.#database
				.prepare(`SELECT ${columns} FROM tasks WHERE id = ?`)
				.get(taskId)
		);
	}

	/** @param {string} taskId @returns {Record<string, any>[]} */
	messages(taskId) {
		const rows = this.#database
			.prepare("SELECT document FROM messages WHERE task_id = ? ORDER BY ts")
			.all(taskId);
		return /** @type {any[]} */ (rows).map((row) => JSON.parse(row.document));
	}
}

/** @param {unknown} value @returns {value is { ts: number, type: "ask" | "say" }} */
export function isMessage(value) {
	const message = /** @type {any} */ (value);
	return (
		typeof message === "object" &&
		message !== null &&
		Number.isFinite(message.ts) &&
		(message.type === "ask" || message.type === "say")
	);
}
