// What the tests of platform/browser need of JavaScript: broken places, and objects such as a careless or hostile user hands over.

/** Puts `value` in the place of a property until the returned function is called. */
export function replace(object, name, value) {
	return define(object, name, { value, configurable: true, writable: true });
}

/** Makes reading a property throw, as a sandboxed frame does. */
export function deny(object, name) {
	const get = () => {
		throw new DOMException("denied", "SecurityError");
	};
	return define(object, name, { get, configurable: true });
}

function define(object, name, descriptor) {
	const before = Object.getOwnPropertyDescriptor(object, name);
	Object.defineProperty(object, name, descriptor);
	return () => {
		if (before) Object.defineProperty(object, name, before);
		else delete object[name];
	};
}

export function quotaExceeded() {
	return () => {
		throw new DOMException("full", "QuotaExceededError");
	};
}

/** An `indexedDB` whose requests never settle. */
export function hangingIndexedDb() {
	return { open: () => ({}) };
}

/** A `setTimeout` that notes the delay and fires soon. */
export function hastyTimeout(delays) {
	const real = globalThis.setTimeout;
	return (handler, delay) => {
		delays.push(delay);
		return real(handler, 0);
	};
}

export function rejected(promise) {
	return promise.then(
		() => "resolved",
		(reason) => reason?.name ?? String(reason),
	);
}

/** Counts `unhandledrejection` events. */
export function unhandledRejections() {
	const seen = [];
	globalThis.addEventListener("unhandledrejection", (event) => {
		event.preventDefault();
		seen.push(String(event.reason));
	});
	return seen;
}

const hostile = {
	get() {
		throw new Error("hostile");
	},
};

/** Throws at whatever is asked of it. */
export function trap() {
	return new Proxy(() => {}, {
		...hostile,
		has: hostile.get,
		apply: hostile.get,
		getPrototypeOf: hostile.get,
		ownKeys: hostile.get,
		getOwnPropertyDescriptor: hostile.get,
	});
}

/** Answers of a fetch that do not keep the promises of a Response, by name. */
const answers = {
	throws: () => {
		throw new TypeError("no");
	},
	rejects: () => Promise.reject(new TypeError("no")),
	"rejects with nothing": () => Promise.reject(),
	undefined: () => undefined,
	null: () => Promise.resolve(null),
	number: () => Promise.resolve(200),
	empty: () => Promise.resolve({}),
	trap: () => Promise.resolve({ status: 200, body: trap(), headers: trap() }),
	"trap itself": () => trap(),
	"status that is a symbol": () =>
		Promise.resolve({ status: Symbol("200"), body: null, headers: [] }),
	"status 0": () =>
		Promise.resolve({ status: 0, type: "opaque", body: null, headers: [] }),
	"status 99999": () =>
		Promise.resolve({ status: 99999, body: null, headers: [] }),
	redirected: () =>
		Promise.resolve({ status: 200, redirected: true, body: null, headers: [] }),
	"headers that are a number": () =>
		Promise.resolve({ status: 200, body: null, headers: 7 }),
	"text for a body": () =>
		Promise.resolve({ status: 200, body: "text", headers: [] }),
	"buffer that is a length": () =>
		Promise.resolve({
			status: 200,
			headers: [],
			arrayBuffer: () => ({ length: 1e15 }),
		}),
	"chunk that is text": () =>
		Promise.resolve(
			new Response(new ReadableStream({ start: (c) => c.enqueue("text") })),
		),
	"chunk that is a length": () =>
		Promise.resolve({
			status: 200,
			headers: [],
			body: { getReader: () => ({ read: async () => ({ value: 1e9 }) }) },
		}),
	"stream that breaks": () =>
		Promise.resolve(
			new Response(new ReadableStream({ pull: (c) => c.error("broken") })),
		),
	"stream that is taken": () => {
		const response = new Response("text");
		response.body.getReader();
		return Promise.resolve(response);
	},
};

export function answerNames() {
	return Object.keys(answers);
}

export function fetchAnswering(name) {
	return answers[name];
}

/** A fetch without streams, as a host's proxy hands over; notes what it was called with. */
export function plainFetch(calls) {
	return async function (url, init) {
		calls.push({ url, init, self: this });
		return {
			status: 201,
			headers: new Map([["etag", '"1"']]),
			arrayBuffer: async () => new TextEncoder().encode("plain").buffer,
		};
	};
}

/** A StorageAdapter over a Map; `fault(method, key)` may throw, or return what to answer instead. */
export function adapter(map, fault) {
	const answering =
		(method, answer) =>
		async (...parameters) => {
			const instead = fault?.(method, ...parameters);
			return instead === undefined ? answer(...parameters) : instead;
		};
	return {
		get: answering("get", (key) => map.get(key) ?? null),
		set: answering("set", (key, value) => void map.set(key, value)),
		delete: answering("delete", (key) => void map.delete(key)),
		keys: answering("keys", (prefix) =>
			[...map.keys()].filter((key) => key.startsWith(prefix)).reverse(),
		),
	};
}

/** Fails the nth call of `method`. */
export function faultAt(method, nth, name) {
	let calls = 0;
	return (called) => {
		if (called === method && ++calls === nth)
			throw new DOMException("fault", name);
	};
}

/** Answers of a StorageAdapter that are not what it promised. */
export function lies() {
	const values = [
		42,
		{},
		[],
		true,
		Symbol("lie"),
		"no record",
		new Date(0),
		() => 1,
	];
	return values.map((value) => ({
		get: () => value,
		set: () => value,
		delete: () => value,
		keys: () => value,
	}));
}

/** A `navigator.clipboard` that keeps what it is given; `refuse` names the methods that reject. */
export function fakeClipboard(log, refuse) {
	const refusal = (method) => {
		log.push(method);
		return refuse.includes(method)
			? Promise.reject(new DOMException("no", "NotAllowedError"))
			: Promise.resolve();
	};
	return {
		write: ([item]) =>
			refusal("write").then(async () =>
				log.push(await (await item.getType("text/plain")).text()),
			),
		writeText: (text) => refusal("writeText").then(() => log.push(text)),
	};
}

export function fakeHost(log, refuse) {
	const host = {
		writeClipboard(text) {
			log.push("writeClipboard");
			if (refuse.includes("writeClipboard") || this !== host)
				return Promise.reject(new Error("no"));
			log.push(text);
			return Promise.resolve();
		},
	};
	return host;
}

/** A ClipboardItem as old engines have none: it hands over the promise it was made with. */
export function fakeClipboardItem() {
	return class {
		constructor(items) {
			this.items = items;
		}
		getType(type) {
			return this.items[type];
		}
	};
}

/** The sealing key as IndexedDB holds it, described; or what is put in its place. */
export function sealingKey(database, instead) {
	return withTable(database, "keys", (table) => {
		if (instead !== undefined) table.put(instead, "sealing");
		return table.get("sealing");
	}).then((key) =>
		key instanceof CryptoKey
			? `${key.algorithm.name} ${key.algorithm.length} ${key.extractable}`
			: typeof key,
	);
}

export function putRecord(database, key, value) {
	return withTable(database, "records", (table) => table.put(value, key));
}

function withTable(name, table, use) {
	return new Promise((resolve, reject) => {
		const opening = indexedDB.open(name);
		opening.onerror = reject;
		opening.onsuccess = () => {
			const database = opening.result;
			const transaction = database.transaction(table, "readwrite");
			const request = use(transaction.objectStore(table));
			transaction.oncomplete = () => {
				database.close();
				resolve(request.result);
			};
			transaction.onabort = reject;
		};
	});
}

/** Deletes a database; false where a connection that does not let go blocks it. */
export function deleteDatabase(name) {
	return new Promise((resolve, reject) => {
		const request = indexedDB.deleteDatabase(name);
		request.onsuccess = () => resolve(true);
		request.onblocked = () => resolve(false);
		request.onerror = reject;
	});
}

/** Fills localStorage to the last character but `room`. */
export function fillLocalStorage(room) {
	let size = 1 << 24;
	let filler = "";
	while (size >= 1) {
		try {
			localStorage.setItem("filler", filler + "x".repeat(size));
			filler += "x".repeat(size);
		} catch {}
		size >>= 1;
	}
	localStorage.setItem("filler", filler.slice(room));
}

export function pageShow() {
	return new PageTransitionEvent("pageshow", { persisted: true });
}
