/** A refusal on its way to becoming an answer. */
export class Problem extends Error {
	/**
	 * @param {number} status
	 * @param {string} code short and stable, e.g. `not_found`
	 * @param {string} message for a person
	 * @param {{ headers?: Record<string, string>, fields?: Record<string, unknown> }} [more]
	 */
	constructor(status, code, message, { headers = {}, fields = {} } = {}) {
		super(message);
		this.name = "Problem";
		this.status = status;
		this.headers = headers;
		this.body = { error: code, message, ...fields };
	}
}

/** @param {string} what */
export const notFound = (what) =>
	new Problem(404, "not_found", `${what} does not exist here`);

/** @param {string} message */
export const badRequest = (message) =>
	new Problem(400, "invalid_request", message);

/** @param {string} message */
export const forbidden = (message) => new Problem(403, "forbidden", message);
