// Replays the vectors through the package's face, as a user of it would ask. `face` is pkg/index.js, loaded. Gives what differs, one line each.

/** A value with its objects' members in one order: the vectors compare maps, not texts. */
function sorted(value) {
	if (Array.isArray(value)) return value.map(sorted);
	if (typeof value !== "object" || value === null) return value;
	return Object.entries(value)
		.sort(([a], [b]) => (a < b ? -1 : 1))
		.map(([name, member]) => [name, sorted(member)]);
}

const same = (a, b) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

function failure(face, call) {
	try {
		call();
	} catch (error) {
		return face.CloudError.is(error) ? error : { code: String(error) };
	}
}

function merge(face, { local, cloud, activeProfileName, expected }) {
	// A name that nothing has stands for `null`, which is no name.
	const active = activeProfileName ?? "no such profile";
	const before = JSON.stringify([local, cloud]);
	const { profiles, result } = face.mergeProfiles(local, cloud, {
		activeProfileName: active,
	});
	const [made] = Object.values(profiles.apiConfigs);
	const wanted = expected.result.activeProfileId;
	if (wanted === "generated-id") {
		// The one id that is made: of ours, only that it is there, and told, can be said.
		if (!made.id || made.id !== result.activeProfileId) return "the new id";
		made.id = result.activeProfileId = wanted;
	}
	for (const name of [
		"hasChanges",
		"activeProfileChanged",
		"activeProfileId",
	]) {
		if (result[name] !== expected.result[name]) return name;
	}
	const ids = (document) => [...new Set(document.cloudProfileIds)].sort();
	if (!same(profiles.apiConfigs, expected.stored.apiConfigs))
		return "apiConfigs";
	if (!same(ids(profiles), ids(expected.stored))) return "cloudProfileIds";
	if (!same(profiles.modeApiConfigs, local.modeApiConfigs))
		return "modeApiConfigs";
	if (JSON.stringify(profiles).includes("cloud-secret")) return "a secret";
	if (JSON.stringify([local, cloud]) !== before) return "an input was touched";
}

/** The container and entry that an issue lies in, where that entry can be left out. */
function entryOf([organization, container, entry]) {
	const canGo =
		organization === "organization" &&
		["providerProfiles", "mcps"].includes(container) &&
		entry !== undefined;
	return canGo ? `${container}/${entry}` : undefined;
}

function settings(face, { body, valid, issues = [] }) {
	const fault = issues.find(({ path }) => entryOf(path) === undefined);
	if (fault) {
		const error = failure(face, () => face.parseSettings(body));
		if (error?.code !== "INVALID_RESPONSE") return "it was taken";
		return error.message.includes(`: ${fault.path.join(".")} `)
			? undefined
			: error.message;
	}
	const entries = new Set(issues.map(({ path }) => entryOf(path)));
	const organization = structuredClone(body.organization);
	if (organization.mcps)
		organization.mcps = organization.mcps.filter(
			(_, at) => !entries.has(`mcps/${at}`),
		);
	for (const name of Object.keys(organization.providerProfiles ?? {})) {
		if (entries.has(`providerProfiles/${name}`))
			delete organization.providerProfiles[name];
	}
	const text = JSON.stringify(body);
	for (const given of [body, text, new TextEncoder().encode(text)]) {
		const parsed = face.parseSettings(given);
		if (!same(parsed.organization, organization)) return "organization";
		if (!same(parsed.user, body.user)) return "user";
		if (parsed.warnings.length !== entries.size) return "warnings";
		if (valid !== (entries.size === 0)) return "the vector itself";
		if (!valid && !parsed.warnings[0].startsWith(issues[0].path.join(".")))
			return parsed.warnings[0];
	}
}

function events(face, { event, valid, firstIssue }) {
	const error = failure(face, () => face.validateEvent(event));
	if (valid) return error?.message;
	if (error?.code !== "INVALID_EVENT") return "it was taken";
	const [path] = firstIssue.split(": ");
	return error.message.includes(`: ${path} `) ? undefined : error.message;
}

const allow = (face, { profile, allowList, allowed }) =>
	face.isProfileAllowed(profile, allowList) === allowed
		? undefined
		: `not ${allowed}`;

const KINDS = { merge, settings, events, allow };

export const COUNTS = { merge: 150, settings: 150, events: 120, allow: 100 };

export function replay(face, kind, cases) {
	const differences = cases.flatMap((one, number) => {
		const difference = KINDS[kind](face, one);
		return difference ? [`${kind} ${one.case ?? number}: ${difference}`] : [];
	});
	if (cases.length !== COUNTS[kind])
		differences.push(`${kind}: ${cases.length} cases`);
	return differences;
}
