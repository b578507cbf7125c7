import { inTransaction } from "../database.js";
import { MEMBERSHIPS, ORGANIZATIONS, PEOPLE } from "./people.js";
import { PROFILES } from "./profiles.js";
import { OWNER_SETTINGS, USER_SETTINGS } from "./settings.js";
import { seededTasks } from "./tasks.js";
import { seededUsage } from "./usage.js";

/** What the cloud's users made or changed, and a reset clears, children first. Keys and sign-ins are not among it. */
const CONTENT_TABLES = [
	"share_access_log",
	"shares",
	"messages",
	"tasks",
	"events",
	"usage",
	"user_settings",
	"profiles",
	"owner_settings",
];

/**
 * Fills what is empty. A database that was filled before only gets the days of usage that passed since.
 * @param {import("../database.js").SqliteDatabase} database
 * @param {number} now
 */
export function seed(database, now) {
	inTransaction(database, () => {
		const isNew =
			database.prepare("SELECT 1 FROM owner_settings LIMIT 1").get() ===
			undefined;
		if (isNew) {
			insertPeople(database);
			insertSettings(database);
			insertTasks(database, now);
		}
		insertUsage(database, now);
	});
}

/**
 * Puts the seeded content back as it was on the first day.
 * @param {import("../database.js").SqliteDatabase} database
 * @param {number} now
 */
export function reseed(database, now) {
	inTransaction(database, () => {
		for (const table of CONTENT_TABLES) database.exec(`DELETE FROM ${table}`);
	});
	seed(database, now);
}

/** @param {import("../database.js").SqliteDatabase} database */
function insertPeople(database) {
	const organization = database.prepare(
		"INSERT OR IGNORE INTO organizations VALUES (?, ?, ?, ?)",
	);
	for (const one of ORGANIZATIONS)
		organization.run(one.id, one.name, one.slug, one.creditBalance);
	const person = database.prepare(
		"INSERT OR IGNORE INTO people VALUES (?, ?, ?, ?, ?)",
	);
	for (const one of PEOPLE)
		person.run(
			one.id,
			one.name,
			one.email,
			one.defaultOrganizationId,
			one.creditBalance,
		);
	const membership = database.prepare(
		"INSERT OR IGNORE INTO memberships VALUES (?, ?, ?, ?, ?)",
	);
	for (const one of MEMBERSHIPS)
		membership.run(
			one.id,
			one.personId,
			one.organizationId,
			one.role,
			JSON.stringify(one.permissions),
		);
}

/** @param {import("../database.js").SqliteDatabase} database */
function insertSettings(database) {
	const owner = database.prepare("INSERT INTO owner_settings VALUES (?, 1, ?)");
	for (const [id, document] of Object.entries(OWNER_SETTINGS))
		owner.run(id, JSON.stringify(document));
	const profile = database.prepare("INSERT INTO profiles VALUES (?, ?, ?, ?)");
	for (const one of PROFILES)
		profile.run(one.id, one.ownerId, one.name, JSON.stringify(one.document));
	const user = database.prepare(
		"INSERT INTO user_settings VALUES (?, 1, '{}', ?)",
	);
	for (const [id, settings] of Object.entries(USER_SETTINGS))
		user.run(id, JSON.stringify(settings));
}

/** @param {import("../database.js").SqliteDatabase} database @param {number} now */
function insertTasks(database, now) {
	const task = database.prepare("INSERT INTO tasks VALUES (?, ?, ?, ?)");
	const message = database.prepare("INSERT INTO messages VALUES (?, ?, ?)");
	for (const one of seededTasks(now)) {
		task.run(one.id, one.personId, one.organizationId, one.createdAt);
		for (const document of one.messages)
			message.run(one.id, document.ts, JSON.stringify(document));
	}
}

/** @param {import("../database.js").SqliteDatabase} database @param {number} now */
function insertUsage(database, now) {
	const usage = database.prepare(
		"INSERT OR IGNORE INTO usage VALUES (?, ?, ?, ?, ?, ?)",
	);
	for (const one of seededUsage(now))
		usage.run(
			one.personId,
			one.organizationId,
			one.date,
			one.tasks,
			one.tokens,
			one.cost,
		);
}
