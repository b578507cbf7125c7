// What speaks with the browser for platform/browser: IndexedDB, stores of texts, WebCrypto, URL. One file, for the server of the tests in browsers
// hangs where a page asks for many at a time.

// --- IndexedDB

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

// --- Stores of texts

// Stores of texts: Web Storage, a Map for memory, and the user's own StorageAdapter. They answer as the database does.
//
// A record is the base64url text of its version (8 bytes, little-endian) and its bytes. What is not the user's own answers at once, so a change is
// checked and made there without giving way; the user's own is awaited, and changed under a lock.

/** The user's own store is waited for so long. */
const ANSWER_LIMIT_MS = 5_000;
const VERSION_BYTES = 8;
/** So many arguments a function takes everywhere. */
const CHUNK = 8_192;

/** One memory for all clients of this realm. */
const memory = new Map();

function encode(version, bytes) {
	const record = new Uint8Array(VERSION_BYTES + bytes.length);
	new DataView(record.buffer).setBigUint64(0, BigInt(version), true);
	record.set(bytes, VERSION_BYTES);
	let text = "";
	for (let at = 0; at < record.length; at += CHUNK)
		text += String.fromCharCode(...record.subarray(at, at + CHUNK));
	return btoa(text)
		.replaceAll("+", "-")
		.replaceAll("/", "_")
		.replace(/=+$/, "");
}

/** What is no record of ours counts as absent. */
function decode(text) {
	if (typeof text !== "string" || /[^\w-]/.test(text)) return undefined;
	try {
		const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
		const record = new Uint8Array(plain.length);
		for (let at = 0; at < plain.length; at += 1)
			record[at] = plain.charCodeAt(at);
		const version = new DataView(record.buffer).getBigUint64(0, true);
		return { v: Number(version), b: record.subarray(VERSION_BYTES) };
	} catch {
		return undefined;
	}
}

/** What it answers; what never does is no store. */
function answered(limitMs, answer) {
	let timer;
	const limit = new Promise((_, reject) => {
		timer = setTimeout(reject, limitMs);
	});
	return Promise.race([answer, limit]).finally(() => clearTimeout(timer));
}

class Texts {
	#object;
	#scope;
	#isOwn;
	#names;

	constructor(object, scope, isOwn) {
		this.#object = object ?? memory;
		this.#scope = scope;
		this.#isOwn = isOwn;
		const isWeb = object && !isOwn;
		this.#names = isWeb
			? { get: "getItem", set: "setItem", delete: "removeItem" }
			: { get: "get", set: "set", delete: "delete" };
	}

	/** A promise where the store is the user's own. */
	#ask(what, key, ...more) {
		const object = this.#object;
		const answer = object[this.#names[what]](this.#scope + key, ...more);
		return this.#isOwn ? answered(ANSWER_LIMIT_MS, answer) : answer;
	}

	#put(key, text) {
		return typeof text === "string"
			? this.#ask("set", key, text)
			: this.#ask("delete", key);
	}

	async read(keys) {
		const records = [];
		for (const key of keys) {
			const text = this.#ask("get", key);
			records.push(decode(this.#isOwn ? await text : text));
		}
		return records;
	}

	async apply(writes) {
		const before = [];
		for (const [key, expected] of writes) {
			let text = this.#ask("get", key);
			if (this.#isOwn) text = await text;
			if (expected !== undefined && (decode(text)?.v ?? null) !== expected)
				return false;
			before.push([key, text]);
		}
		let made = 0;
		try {
			for (const [key, , version, bytes] of writes) {
				made += 1;
				const done = this.#put(key, bytes && encode(version, bytes));
				if (this.#isOwn) await done;
			}
		} catch (error) {
			// Backwards, so that each step leads to a state that had room.
			for (const [key, text] of before.slice(0, made).reverse()) {
				try {
					const done = this.#put(key, text);
					if (this.#isOwn) await done;
				} catch {
					// The others may still go back.
				}
			}
			throw error;
		}
		return true;
	}

	async keys(prefix) {
		const start = this.#scope + prefix;
		const isWeb = this.#names.get === "getItem";
		let names = isWeb ? Object.keys(this.#object) : this.#object.keys(start);
		if (this.#isOwn) names = await answered(ANSWER_LIMIT_MS, names);
		return Array.from(names)
			.filter((name) => typeof name === "string" && name.startsWith(start))
			.map((name) => name.slice(this.#scope.length))
			.sort();
	}

	/** Calls `listener` with each of our keys that the user's store says changed; gives what ends that. */
	onChange(listener) {
		if (!this.#isOwn) return undefined;
		return this.#object.onChange?.((key) => {
			if (typeof key === "string" && key.startsWith(this.#scope))
				listener(key.slice(this.#scope.length));
		});
	}
}

/** For the module: a store of `object` (undefined: memory), whose keys `scope` leads; `isOwn`: it is the user's own. */
export const texts = (object, scope, isOwn) => new Texts(object, scope, isOwn);

// --- WebCrypto

// WebCrypto: the non-extractable key that seals what this installation stores, and those that it signs with.

const NONCE_BYTES = 12;
const AES = { name: "AES-GCM", length: 256 };
const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

const isPair = (value) =>
	value?.privateKey instanceof CryptoKey &&
	value.publicKey instanceof CryptoKey;

const newKey = () =>
	crypto.subtle.generateKey(AES, false, ["encrypt", "decrypt"]);

/** The one key of all tabs. Several may make one at a time, and all take the first that was stored. */
async function storedKey(database) {
	if (database.sealing instanceof CryptoKey) return database.sealing;
	// Made before the transaction: one does not live across a promise of WebCrypto.
	return database.keyOrPut(SEALING, await newKey());
}

class Keys {
	#key;
	/** Where keys lie that outlive this realm. */
	#database;
	/** Pairs that do not. */
	#pairs = new Map();

	/** Takes the key in `database`, or makes it there; makes one for this realm alone where that cannot be, and rejects where none can be made. */
	static async open(database) {
		const keys = new Keys();
		try {
			if (database) {
				keys.#key = await storedKey(database);
				keys.#database = database;
			}
		} catch {
			// One for this realm, then.
		}
		keys.#key ??= await newKey();
		return keys;
	}

	/** Whether the key outlives this realm. */
	get lasting() {
		return this.#database !== undefined;
	}

	async seal(bound, plain) {
		const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
		const how = { ...AES, iv, additionalData: bound };
		const sealed = await crypto.subtle.encrypt(how, this.#key, plain);
		const all = new Uint8Array(NONCE_BYTES + sealed.byteLength);
		all.set(iv);
		all.set(new Uint8Array(sealed), NONCE_BYTES);
		return all;
	}

	async open(bound, sealed) {
		const iv = sealed.subarray(0, NONCE_BYTES);
		const how = { ...AES, iv, additionalData: bound };
		const rest = sealed.subarray(NONCE_BYTES);
		return new Uint8Array(await crypto.subtle.decrypt(how, this.#key, rest));
	}

	/** The pair `{ privateKey, publicKey }` of that name; undefined where there is none and none is to be made. */
	async #pair(name, make) {
		const found = this.#database
			? await this.#database.key(name)
			: this.#pairs.get(name);
		if (isPair(found)) return found;
		if (!make) return undefined;
		const usages = ["sign", "verify"];
		const made = await crypto.subtle.generateKey(ECDSA, false, usages);
		if (this.#database) return this.#database.keyOrPut(name, made);
		// Another call may have been faster.
		if (!this.#pairs.has(name)) this.#pairs.set(name, made);
		return this.#pairs.get(name);
	}

	/** x and y of the public key; undefined where there is no pair and none is to be made. */
	async publicKey(name, make) {
		const pair = await this.#pair(name, make);
		if (!pair) return undefined;
		const point = await crypto.subtle.exportKey("raw", pair.publicKey);
		// Uncompressed (SEC 1, 2.3.3): a byte that says so, then x and y.
		return new Uint8Array(point, 1);
	}

	/** The signature; undefined where there is no pair. */
	async sign(name, data) {
		// It lies in the module's memory, which may move meanwhile.
		const signed = data.slice();
		const pair = await this.#pair(name, false);
		if (!pair) return undefined;
		return new Uint8Array(
			await crypto.subtle.sign(ECDSA, pair.privateKey, signed),
		);
	}
}

/** For the module. */
export const openKeys = (database) => Keys.open(database);
export const sha256 = async (data) =>
	new Uint8Array(await crypto.subtle.digest("SHA-256", data));

// --- URL

// The page's own parser of urls.

/** href, scheme, origin, host name, path, query, fragment, and user name and password in one; undefined for what is no absolute url. */
export function urlParts(text) {
	try {
		const url = new URL(text);
		const { href, origin, hostname, pathname } = url;
		const [scheme, query, fragment] = [
			url.protocol.slice(0, -1),
			url.search.slice(1),
			url.hash.slice(1),
		];
		const user = url.username + url.password;
		return [href, scheme, origin, hostname, pathname, query, fragment, user];
	} catch {
		return undefined;
	}
}
