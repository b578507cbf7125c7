// Stores of texts: Web Storage, a Map for memory, and the user's own StorageAdapter. They answer as the database does (database.js).
//
// A record is the base64url text of its version (8 bytes, little-endian) and its bytes. What is not the user's own answers at once, so a change is
// checked and made there without giving way; the user's own is awaited, and changed under a lock.

/** The user's own store is waited for so long. */
const LIMIT_MS = 5_000;
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
function within(limitMs, answer) {
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
		return this.#isOwn ? within(LIMIT_MS, answer) : answer;
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
		if (this.#isOwn) names = await within(LIMIT_MS, names);
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
