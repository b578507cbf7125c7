// WebCrypto: the non-extractable key that seals what this installation stores, and those that it signs with.

const NONCE_BYTES = 12;
/** The sealing key's name among the keys. */
const SEALING = "sealing";
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
