import { badRequest } from "../http/problem.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const DEFAULT_DAYS = 30;
const MOST_DAYS = 366;

/** What was used, day by day (UTC). */
export class UsageStore {
	#database;

	/** @param {import("../database.js").SqliteDatabase} database */
	constructor(database) {
		this.#database = database;
	}

	/**
	 * @param {import("../auth/bearer.js").Caller} caller
	 * @param {{ tasks?: number, tokens?: number, cost?: number }} more
	 */
	add({ personId, organizationId }, { tasks = 0, tokens = 0, cost = 0 }) {
		this.#database
			.prepare(
				`INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
         tasks = tasks + excluded.tasks, tokens = tokens + excluded.tokens, cost = cost + excluded.cost`,
			)
			.run(
				personId,
				organizationId ?? "",
				dateOf(Date.now()),
				tasks,
				tokens,
				cost,
			);
	}

	/**
	 * The last days up to today, without gaps, oldest first.
	 * @param {import("../auth/bearer.js").Caller} caller
	 * @param {number} days
	 */
	daily({ personId, organizationId }, days) {
		const dates = Array.from({ length: days }, (_, index) =>
			dateOf(Date.now() - (days - 1 - index) * DAY_MS),
		);
		const rows = this.#database
			.prepare(
				"SELECT date, tasks, tokens, cost FROM usage WHERE person_id = ? AND organization_id = ? AND date >= ?",
			)
			.all(personId, organizationId ?? "", dates[0]);
		const byDate = new Map(
			/** @type {any[]} */ (rows).map((row) => [row.date, row]),
		);
		const column = (/** @type {string} */ name) =>
			dates.map((date) => byDate.get(date)?.[name] ?? 0);
		const [tasks, tokens, costs] = [
			column("tasks"),
			column("tokens"),
			column("cost"),
		];
		return {
			dates,
			tasks,
			tokens,
			costs,
			totals: { tasks: sum(tasks), tokens: sum(tokens), cost: sum(costs) },
		};
	}
}

/**
 * @param {{ usage: UsageStore, directory: import("../directory.js").Directory, as: import("./caller.js").As }} parts
 * @returns {Record<string, import("../http/router.js").Handler>}
 */
export function usageRoutes({ usage, directory, as }) {
	return {
		"GET /api/analytics/usage/daily": as((exchange, caller) => {
			const period = Number(
				exchange.url.searchParams.get("period") ?? DEFAULT_DAYS,
			);
			if (!Number.isInteger(period) || period < 1 || period > MOST_DAYS)
				throw badRequest(`period must be 1 to ${MOST_DAYS} days`);
			exchange.json(200, {
				success: true,
				data: usage.daily(caller, period),
				period,
			});
		}),

		"GET /api/extension/credit-balance": as((exchange, caller) => {
			exchange.json(200, {
				balance: directory.creditBalance(
					caller.personId,
					caller.organizationId,
				),
			});
		}),
	};
}

/** @param {number} time */
function dateOf(time) {
	return new Date(time).toISOString().slice(0, 10);
}

/** @param {number[]} values */
function sum(values) {
	return values.reduce((total, value) => total + value, 0);
}
