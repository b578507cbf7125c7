// The second part of the module, which asks the network. It lies in a file of its own; a module that was given whole (init(source), initSync,
// inline.js) carries it along.

/** The section of roo_cloud_web_bg.wasm that the second part lies in. */
const SECTION = "roo-cloud-web.online";

let glue;
let there = false;
let loading;

/** For index.js: whose second part it is. (The glue imports this file; the other way round would be a circle.) */
export function connect(theGlue) {
	glue = theGlue;
}

/** What the two parts share: the first one's exports. Given nothing, initSync gives what is loaded. */
const first = () => glue.initSync();
const imports = () => ({ __wasm_split: first() });
const carried = () =>
	WebAssembly.Module.customSections(glue.wasmModule, SECTION)[0];

async function instantiate() {
	const bytes = carried();
	if (bytes) return WebAssembly.instantiate(bytes, imports());
	const answer = await fetch(new URL("./wasm/online.wasm", import.meta.url));
	if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
	// A server that does not know the type of modules is slower, no more.
	return answer.headers.get("Content-Type") === "application/wasm"
		? WebAssembly.instantiateStreaming(answer, imports())
		: WebAssembly.instantiate(await answer.arrayBuffer(), imports());
}

/** Loads what the module carries, if it does: at once, */
export function loadCarriedNow() {
	const bytes = carried();
	if (!bytes || there) return;
	new WebAssembly.Instance(new WebAssembly.Module(bytes), imports());
	there = true;
}

/** or while the page goes on. */
export const loadCarried = () => (carried() ? loaded() : undefined);

function loaded() {
	loading ??= instantiate()
		.then(() => {
			there = true;
		})
		.finally(() => {
			loading = undefined;
		});
	return loading;
}

/** For the module: whether it is whole by now. */
export const isThere = () => there;

/** The module calls this, and is told by `callback`; a load that failed may be tried again. */
function load(callback, data) {
	const tell = (success) =>
		first().__indirect_function_table.get(callback)(data, success);
	if (there) return tell(true);
	loaded().then(
		() => tell(true),
		(cause) => {
			console.warn("roo-cloud-web: the second part did not load:", cause);
			tell(false);
		},
	);
}

/** By the name that wasm-split gives it. */
export { load as __wasm_split_load_online };
