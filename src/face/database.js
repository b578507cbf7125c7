// IndexedDB: records `{ v: version, b: bytes }` under their keys, and the keys of cryptography beside them. Here and not in the module, so that
// it can be opened, and read ahead, while the module still loads.
//
// A transaction lives as long as requests follow each other in it. It is awaited from request to request only: the continuation of a request's own
// promise still runs inside the request's event, in all engines, while anything else (WebCrypto, a timer) would let the transaction commit under us.

/** An open that is blocked (an upgrade or deletion in another tab) or hangs (a broken profile) is given up. */
const LIMIT_MS = 3_000;
/** The database of a page's client. */
const NAME = "roo-cloud-web";
const RECORDS = "records";
const KEYS = "keys";
/** Among the keys: the one that seals records, */
const SEALING = "sealing";
/** and the names of the records that the last client here began with. */
const BEGUN = "begun";

/** Settles inside the request's event. */
const settled = (request) =>
	new Promise((resolve, reject) => {
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error);
	});

/** Settles when the transaction has committed or been aborted. */
const ended = (transaction) =>
	new Promise((resolve, reject) => {
		transaction.oncomplete = resolve;
		transaction.onabort = () => reject(transaction.error);
	});

/** The version of what may be a record. */
const versionOf = (record) =>
	record?.b instanceof Uint8Array && typeof record.v === "number"
		? record.v
		: undefined;

async function open(name) {
	const request = indexedDB.open(name);
	request.onupgradeneeded = () => {
		for (const table of [RECORDS, KEYS])
			request.result.createObjectStore(table);
	};
	const connection = await settled(request);
	// Another tab (a newer release, a cleaner) wants the database for itself: let go, and open it again when needed.
	connection.onversionchange = () => connection.close();
	return connection;
}

async function within(limitMs, opening) {
	let timer;
	const limit = new Promise((_, reject) => {
		timer = setTimeout(reject, limitMs);
	});
	try {
		return await Promise.race([opening, limit]);
	} catch (error) {
		opening.then((opened) => opened.close()).catch(() => {});
		throw error;
	} finally {
		clearTimeout(timer);
	}
}

/** A connection, opened anew when the browser or another tab has had it closed. */
class Database {
	#name;
	#connection;
	/** What was read ahead and not asked for yet, by key. */
	#ahead = new Map();
	/** What was read ahead, and what was asked for so far; only while a client begins. */
	#begun;
	#asked;

	/** `reads`: ahead, what the last client began with. */
	static async open(name, reads) {
		const database = new Database();
		database.#name = name;
		database.#connection = await open(name);
		await database.#look(reads);
		return database;
	}

	close() {
		this.#connection.close();
	}

	async #look(reads) {
		const transaction = this.#connection.transaction([RECORDS, KEYS]);
		const [records, keys] = [RECORDS, KEYS].map((table) =>
			transaction.objectStore(table),
		);
		const [sealing, begun] = [SEALING, BEGUN].map((name) =>
			settled(keys.get(name)),
		);
		const last = await begun;
		this.sealing = await sealing;
		if (!reads) return;
		this.#asked = new Set();
		this.#begun = Array.isArray(last)
			? last.filter((key) => typeof key === "string")
			: [];
		const found = this.#begun.map((key) => settled(records.get(key)));
		for (const [at, record] of (await Promise.all(found)).entries())
			this.#ahead.set(this.#begun[at], record);
	}

	/** The client is there: what it began with is what the next one is to find read ahead. */
	async remember() {
		const asked = [...this.#asked];
		const same = asked.join("\n") === this.#begun.join("\n");
		this.#asked = undefined;
		this.#ahead.clear();
		if (!same) (await this.#begin(KEYS, "readwrite")).table.put(asked, BEGUN);
	}

	async #begin(name, mode) {
		const begin = () =>
			this.#connection.transaction(name, mode, { durability: "relaxed" });
		let transaction;
		try {
			transaction = begin();
		} catch {
			this.#connection = await within(LIMIT_MS, open(this.#name));
			transaction = begin();
		}
		return { transaction, table: transaction.objectStore(name) };
	}

	/** What lies under `keys`, of one moment. */
	async read(keys) {
		for (const key of keys) this.#asked?.add(key);
		if (keys.every((key) => this.#ahead.has(key))) {
			return keys.map((key) => {
				const record = this.#ahead.get(key);
				// What is asked for again may be another by then.
				this.#ahead.delete(key);
				return record;
			});
		}
		const { table } = await this.#begin(RECORDS, "readonly");
		return Promise.all(keys.map((key) => settled(table.get(key))));
	}

	/**
	 * Makes all of the changes `[key, expected, version, bytes]` or none, and gives false, where a key's version is not as expected; that is a
	 * number, null for no record, or undefined for whatever there is. Without bytes it deletes.
	 */
	async apply(writes) {
		this.#ahead.clear();
		const { transaction, table } = await this.#begin(RECORDS, "readwrite");
		const end = ended(transaction);
		try {
			const checked = writes.filter(([, expected]) => expected !== undefined);
			const found = await Promise.all(
				checked.map(([key]) => settled(table.get(key))),
			);
			const holds = checked.every(
				([, expected], at) => (versionOf(found[at]) ?? null) === expected,
			);
			if (holds) {
				for (const [key, , v, b] of writes) {
					if (b) table.put({ v, b }, key);
					else table.delete(key);
				}
				await end;
			} else {
				transaction.abort();
			}
			return holds;
		} catch (error) {
			try {
				transaction.abort();
			} catch {
				// It was aborted already.
			}
			throw error;
		} finally {
			end.catch(() => {});
		}
	}

	/** The keys that begin with `prefix`. */
	async keys(prefix) {
		const { table } = await this.#begin(RECORDS, "readonly");
		const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
		return settled(table.getAllKeys(range));
	}

	/** The cryptographic key, or pair of keys, of that name; undefined if there is none. */
	async key(name) {
		const { table } = await this.#begin(KEYS, "readonly");
		return settled(table.get(name));
	}

	/** What `key` finds, if it is one; else `made`, which lies there then. */
	async keyOrPut(name, made) {
		const { transaction, table } = await this.#begin(KEYS, "readwrite");
		const end = ended(transaction);
		end.catch(() => {});
		const present = await settled(table.get(name));
		if ((present?.privateKey ?? present) instanceof CryptoKey) return present;
		table.put(made, name);
		await end;
		return made;
	}
}

/** What was begun early, until the module asks for it, and until the client is there. */
let early;
let beginning;

/** For index.js, which calls it before the module is there: opens what a client with these options will ask for, if it is sure to. */
export function openEarly(options) {
	try {
		if (![undefined, "auto", "indexeddb"].includes(options.storage)) return;
	} catch {
		return;
	}
	early ??= within(LIMIT_MS, Database.open(NAME, true));
	beginning = early;
	// Whoever asks for it is told.
	early.catch(() => {});
}

/** There is no client to ask for it. */
export function closeEarly() {
	early?.then((database) => database.close()).catch(() => {});
	early = undefined;
	beginning = undefined;
}

/** The client is there. */
export function begun() {
	beginning?.then((database) => database.remember()).catch(() => {});
	beginning = undefined;
}

/** For the module: a connection, which has the sealing key if there is one. Rejects where there is no database to be had. */
export function connect(name) {
	if (name !== NAME || !early) return within(LIMIT_MS, Database.open(name));
	const opening = early;
	early = undefined;
	return opening;
}
