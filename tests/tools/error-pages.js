// Writes a page for each error code, and a list of them: error-pages.js FOLDER. What a code means stands in src/error.rs; what happened, what
// stayed and what to do, in the words of the dashboard, in www/src/failures/explanations.ts. Nothing is written twice.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** [{ code, category, retryable, meaning, what, intact, next }], in the order of src/error.rs. */
export async function errorCodes() {
	const rust = readFileSync(`${ROOT}src/error.rs`, "utf8");
	const typescript = readFileSync(
		`${ROOT}www/src/failures/explanations.ts`,
		"utf8",
	);
	const { code: script } = transformSync(typescript, { loader: "ts" });
	const { EXPLANATIONS } = await import(
		`data:text/javascript,${encodeURIComponent(script)}`
	);
	const entries = rust.matchAll(
		/((?: {4}\/\/\/ .*\n)+) {4}\w+ = "([A-Z_]+)", (\w+), (true|false);/g,
	);
	return [...entries].map(([, comment, code, category, retryable]) => ({
		code,
		category: category.toLowerCase(),
		retryable: retryable === "true",
		meaning: comment.replace(/^ *\/\/\/ /gm, "").trim(),
		...EXPLANATIONS[code],
	}));
}

const RETRY = {
	true: "The same call may succeed later, and nobody has to change anything: `retryable` is true. Where the cloud named a time, it is in `retryAfterMs`.",
	false: "Trying again changes nothing by itself: `retryable` is false.",
};

const page = ({
	code,
	category,
	retryable,
	meaning,
	what,
	intact,
	next,
}) => `---
title: ${code}
---

# ${code}

${meaning}

| | |
| --- | --- |
| What happened | ${what} |
| What stayed | ${intact} |
| What to do | ${next} |

The first line is for whoever programs with it; the table is what the dashboard says to whoever uses it. Its \`category\` is \`${category}\`. ${RETRY[retryable]}

\`\`\`ts
import { CloudError } from "roo-cloud-web";

cloud.on("background-error", (error) => {
	if (CloudError.is(error) && error.code === "${code}") console.warn(error.message);
});
\`\`\`
`;

const list = (codes) => `---
title: Errors
children:
${codes.map(({ code }) => `  - ./errors/${code}.md`).join("\n")}
---

# Errors

Every failure is a \`CloudError\` with a \`code\` that keeps its meaning, a \`category\` and \`retryable\`.

| code | category | retryable | what it means |
| --- | --- | --- | --- |
${codes.map(({ code, category, retryable, meaning }) => `| [${code}](./errors/${code}.md) | ${category} | ${retryable ? "yes" : "no"} | ${meaning} |`).join("\n")}
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const folder = process.argv[2];
	const codes = await errorCodes();
	rmSync(join(folder, "errors"), { recursive: true, force: true });
	mkdirSync(join(folder, "errors"), { recursive: true });
	for (const each of codes)
		writeFileSync(join(folder, "errors", `${each.code}.md`), page(each));
	writeFileSync(join(folder, "errors.md"), list(codes));
}
