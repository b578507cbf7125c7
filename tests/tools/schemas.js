// Writes the schemas that the module carries from those of the cloud's contract (tests/reference/schemas): the same
// rules in fewer bytes. `--check` writes nothing and fails where a file is not what this would write.
//
// Left out is what constrains nothing, and `additionalProperties: false`: the cloud's clients keep members they do not
// know, so that an older client goes on working with a newer cloud.
import { readFileSync, writeFileSync } from "node:fs";

const root = new URL("../../", import.meta.url);
const carried = {
	"extension-settings.response": "src/settings/extension_settings.schema.json",
	"user-settings.response": "src/settings/user_settings.schema.json",
	"telemetry-event": "src/telemetry/event.schema.json",
};

const each = (object, change) =>
	Object.fromEntries(
		Object.entries(object).map(([key, value]) => [key, change(value)]),
	);

function shortened(schema) {
	const { $schema, default: _, ...short } = schema;
	if (short.additionalProperties === false) delete short.additionalProperties;
	else if (short.additionalProperties)
		short.additionalProperties = shortened(short.additionalProperties);
	if (Object.keys(short.additionalProperties ?? { some: 1 }).length === 0)
		delete short.additionalProperties;
	if (short.enum) short.enum = [...new Set(short.enum)];
	// An enumeration of strings, or a constant one, says by itself that the value is a string.
	if ((short.enum ?? [short.const]).every((value) => typeof value === "string"))
		delete short.type;
	if (short.properties) short.properties = each(short.properties, shortened);
	if (Object.keys(short.properties ?? { some: 1 }).length === 0)
		delete short.properties;
	if (short.items) short.items = shortened(short.items);
	if (short.anyOf) short.anyOf = short.anyOf.map(shortened);
	return short;
}

let stale = 0;
for (const [name, target] of Object.entries(carried)) {
	const schema = JSON.parse(
		readFileSync(
			new URL(`tests/reference/schemas/${name}.schema.json`, root),
			"utf8",
		),
	);
	const text = `${JSON.stringify(shortened(schema))}\n`;
	const path = new URL(target, root);
	if (!process.argv.includes("--check")) {
		writeFileSync(path, text);
	} else if (readFileSync(path, "utf8") !== text) {
		console.error(`${target} is stale: run node tests/tools/schemas.js`);
		stale = 1;
	}
}
process.exit(stale);
