// Builds the sample extension as its author would, from the package as it lies: build.js FOLDER

import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const EXTENSION = fileURLToPath(new URL("extension/", import.meta.url));
const LOCALHOST = fileURLToPath(new URL("localhost.cjs", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../../pkg/", import.meta.url));

export async function buildExtension(folder) {
	for (const name of ["package.json", "cloud.svg"])
		cpSync(join(EXTENSION, name), join(folder, name));
	const shared = {
		bundle: true,
		logLevel: "error",
		alias: Object.fromEntries(
			["inline", "vscode-host", "vscode-webview"].map((name) => [
				`roo-cloud-web/${name}`,
				join(PACKAGE, `${name}.js`),
			]),
		),
	};
	await build({
		...shared,
		entryPoints: [join(EXTENSION, "extension.js")],
		outfile: join(folder, "dist/extension.cjs"),
		format: "cjs",
		platform: "node",
		external: ["vscode"],
		// The cloud of the tests is a name under localhost, which this machine's resolver may not know.
		banner: { js: readFileSync(LOCALHOST, "utf8") },
	});
	await build({
		...shared,
		entryPoints: [join(EXTENSION, "webview.js")],
		outfile: join(folder, "dist/webview.js"),
		format: "esm",
	});
}
