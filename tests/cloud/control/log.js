const CAPACITY = 5000;

/**
 * @typedef {{ sequence: number, at: string, kind: "request", server: string, method: string, path: string, origin?: string,
 *   status?: number, durationMs?: number, fault?: number, outcome?: string }} RequestEntry
 * @typedef {{ sequence: number, at: string, kind: "token", outcome: string, [fact: string]: unknown }} TokenEntry
 */

/** What the cloud has seen, for tests to count. Paths stand without their query; no token, code or cookie is ever noted. */
export class ControlLog {
	/** @type {(RequestEntry | TokenEntry)[]} */
	#entries = [];
	#sequence = 0;

	/**
	 * A request that has just come in; the entry is completed when it is answered.
	 * @param {Pick<RequestEntry, "server" | "method" | "path" | "origin">} facts
	 */
	request(facts) {
		return this.#append({ kind: "request", ...facts });
	}

	/** @param {{ outcome: string, [fact: string]: unknown }} facts */
	token(facts) {
		this.#append({ kind: "token", ...facts });
	}

	/** @param {number} after the sequence number of the last entry known */
	since(after) {
		return this.#entries.filter((entry) => entry.sequence > after);
	}

	clear() {
		this.#entries = [];
	}

	/** @param {any} facts */
	#append(facts) {
		const entry = {
			sequence: ++this.#sequence,
			at: new Date().toISOString(),
			...facts,
		};
		this.#entries.push(entry);
		if (this.#entries.length > CAPACITY) this.#entries.shift();
		return entry;
	}
}
