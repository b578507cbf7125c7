// The same face, with the module's bytes in it: nothing is fetched, so it works in webviews, in single files and in Node.

import { carry } from "./index.js";
import bytes from "./wasm/inline.js";

export * from "./index.js";
export { default } from "./index.js";

/** The module as an answer to a request would bring it. */
function answer() {
	const compressed = Uint8Array.from(atob(bytes), (letter) =>
		letter.charCodeAt(0),
	);
	const module = new Blob([compressed])
		.stream()
		.pipeThrough(new DecompressionStream("gzip"));
	return new Response(module, {
		headers: { "Content-Type": "application/wasm" },
	});
}

carry(answer);
