// Opens the database that records and keys lie in. Here and not in the module, so that it can be begun while the module still loads.

/** An open that is blocked (an upgrade or deletion in another tab) or hangs (a broken profile) is given up. */
const LIMIT_MS = 3_000;
/** The database of a page's client. */
const NAME = "roo-cloud-web";
/** src/platform/browser/store/indexed_db.rs says what lies in which. */
const TABLES = ["records", "keys"];
const [, KEYS] = TABLES;

/** Settles inside the request's event. */
const settled = (request) =>
	new Promise((resolve, reject) => {
		request.onsuccess = resolve;
		request.onerror = reject;
	});

async function open(name) {
	const request = indexedDB.open(name);
	request.onupgradeneeded = () => {
		for (const table of TABLES) request.result.createObjectStore(table);
	};
	await settled(request);
	const database = request.result;
	// Another tab (a newer release, a cleaner) wants the database for itself: let go, and open it again when needed.
	database.onversionchange = () => database.close();
	const sealing = database.transaction(KEYS).objectStore(KEYS).get("sealing");
	await settled(sealing);
	return { database, sealing: sealing.result };
}

async function openWithin(limitMs, name) {
	const opening = open(name);
	let timer;
	const limit = new Promise((_, reject) => {
		timer = setTimeout(reject, limitMs);
	});
	try {
		return await Promise.race([opening, limit]);
	} catch (error) {
		opening.then(({ database }) => database.close()).catch(() => {});
		throw error;
	} finally {
		clearTimeout(timer);
	}
}

/** What was begun early, until the module asks for it. */
let early;

/** For index.js, which calls it before the module is there: opens what a client with these options will ask for, if it is sure to. */
export function openEarly(options) {
	try {
		if (![undefined, "auto", "indexeddb"].includes(options.storage)) return;
	} catch {
		return;
	}
	early ??= openWithin(LIMIT_MS, NAME);
	// Whoever asks for it is told.
	early.catch(() => {});
}

/** There is no client to ask for it. */
export function closeEarly() {
	early?.then(({ database }) => database.close()).catch(() => {});
	early = undefined;
}

/** For the module: `{ database, sealing }`, the connection and the key of that name, if there is one. Rejects where there is no database to be had. */
export function connect(name) {
	if (name !== NAME || !early) return openWithin(LIMIT_MS, name);
	const opening = early;
	early = undefined;
	return opening;
}
