// The TypeScript that users read.

/** The ```ts and ```tsx blocks of a Markdown text or of doc comments, without their margins. */
export function blocks(text) {
	const found = text.matchAll(/^([ \t*]*)```tsx?\n([\s\S]*?)^[ \t*]*```/gm);
	return [...found].map(([, margin, block]) =>
		block
			.split("\n")
			.map((line) => line.replace(margin.trimEnd(), ""))
			.join("\n"),
	);
}
