/**
 * Lets a handler answer without anything reaching the wire yet, so that the answer can be spoiled or lost afterwards.
 * @param {import("node:http").ServerResponse} response
 * @param {() => Promise<unknown>} work
 */
export async function captureAnswer(response, work) {
	/** @type {Buffer[]} */
	const chunks = [];
	const own = /** @type {any} */ (response);

	const take = (
		/** @type {unknown} */ chunk,
		/** @type {unknown} */ encoding,
	) => {
		if (chunk === undefined || chunk === null || typeof chunk === "function")
			return;
		chunks.push(
			typeof chunk === "string"
				? Buffer.from(
						chunk,
						typeof encoding === "string"
							? /** @type {any} */ (encoding)
							: "utf8",
					)
				: Buffer.from(/** @type {any} */ (chunk)),
		);
	};

	const ended = new Promise((resolve) => {
		own.writeHead = (
			/** @type {number} */ status,
			/** @type {any[]} */ ...rest
		) => {
			response.statusCode = status;
			const headers = rest.find((part) => typeof part === "object") ?? {};
			for (const [name, value] of Object.entries(headers))
				response.setHeader(name, /** @type {any} */ (value));
			return response;
		};
		own.flushHeaders = () => {};
		own.write = (
			/** @type {unknown} */ chunk,
			/** @type {unknown} */ encoding,
		) => {
			take(chunk, encoding);
			return true;
		};
		own.end = (
			/** @type {unknown} */ chunk,
			/** @type {unknown} */ encoding,
		) => {
			take(chunk, encoding);
			resolve(undefined);
			return response;
		};
	});
	try {
		await work();
		await ended;
	} finally {
		for (const method of ["writeHead", "flushHeaders", "write", "end"])
			delete own[method];
	}
	return Buffer.concat(chunks);
}
