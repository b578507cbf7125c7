import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import Database from "libsql";

const SCHEMA = readFileSync(new URL("schema.sql", import.meta.url), "utf8");

/** Raised with every change of schema.sql that an older file does not fit. */
const SCHEMA_VERSION = 1;

/** @typedef {import("libsql").Database} SqliteDatabase */

/**
 * Opens (and where it is new, lays out) the SQLite file.
 * @param {string} file a path, or `:memory:`
 */
export function openDatabase(file) {
	if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true });
	const database = new Database(file);
	// WAL, so that the file can be read with other programs while the cloud runs.
	database.exec(
		"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 2000;",
	);
	const { user_version: version } = /** @type {any} */ (
		database.prepare("PRAGMA user_version").get()
	);
	if (version !== 0 && version !== SCHEMA_VERSION) {
		database.close();
		throw new Error(
			`${file} was written by another version of the development cloud: delete it, or choose another with --db`,
		);
	}
	database.exec(SCHEMA);
	database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
	return database;
}

/**
 * Runs `work` whole or not at all.
 * @template T
 * @param {SqliteDatabase} database
 * @param {() => T} work
 * @returns {T}
 */
export function inTransaction(database, work) {
	return database.transaction(work)();
}
