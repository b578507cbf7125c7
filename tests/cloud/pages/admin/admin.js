const find = (id) => document.getElementById(id);

/** What is being looked at: an owner's settings, and the profile in the form (null for a new one). */
let owner = "";
let profiles = [];
let editing = null;

/** Calls the administration's API; a refusal is thrown in its own words. */
async function call(path, method = "GET", body) {
	const answer = await fetch(`/admin/api/${path}`, {
		method,
		headers: body === undefined ? {} : { "Content-Type": "application/json" },
		body: body === undefined ? undefined : JSON.stringify(body),
	});
	if (answer.status === 204) return undefined;
	const value = await answer.json();
	if (!answer.ok) throw new Error(value.message);
	return value;
}

/** An element with its properties and children. */
function element(name, properties = {}, ...children) {
	const made = Object.assign(document.createElement(name), properties);
	made.append(...children);
	return made;
}

function say(words) {
	find("notice").textContent = words;
}

/** Runs what a button does; tells what went wrong in `place`, or in the notice. */
function doing(work, place = find("notice")) {
	return async (event) => {
		event?.preventDefault();
		place.textContent = "";
		try {
			await work();
		} catch (error) {
			place.textContent =
				error instanceof SyntaxError
					? `This is not JSON: ${error.message}`
					: error.message;
		}
	};
}

const timeOf = (time) => new Date(time).toLocaleString();

async function showOwner() {
	const { version, settings, profiles: fresh } = await call(`owners/${owner}`);
	profiles = fresh;
	find("version").textContent = version;
	find("profile-count").textContent = profiles.length;
	find("profiles").replaceChildren(...profiles.map(profileRow));
	if (!find("settings-form").contains(document.activeElement))
		find("settings-document").value = JSON.stringify(settings, null, 2);
}

function profileRow(profile) {
	const open = element("button", {
		type: "button",
		className: "plain",
		textContent: profile.name,
		onclick: () => edit(profile),
	});
	open.ariaCurrent = String(profile.id === editing?.id);
	return element(
		"li",
		{},
		element(
			"div",
			{ className: "row" },
			open,
			element("span", {
				className: "quiet",
				textContent: profile.document.apiProvider ?? "",
			}),
		),
	);
}

function edit(profile) {
	editing = profile;
	find("profile-form").hidden = false;
	find("profile-title").textContent = profile
		? `Profile ${profile.id}`
		: "New profile";
	find("profile-name").value = profile?.name ?? "";
	find("profile-document").value = JSON.stringify(
		profile?.document ?? { apiProvider: "anthropic" },
		null,
		2,
	);
	find("profile-error").textContent = "";
	find("delete-profile").hidden = profile === null;
	find("profiles").replaceChildren(...profiles.map(profileRow));
	find("profile-name").focus();
}

function closeProfile() {
	editing = null;
	find("profile-form").hidden = true;
	find("new-profile").focus();
}

async function saveProfile() {
	const body = {
		name: find("profile-name").value,
		document: JSON.parse(find("profile-document").value),
	};
	if (editing)
		await call(`owners/${owner}/profiles/${editing.id}`, "PUT", body);
	else
		editing = {
			...body,
			...(await call(`owners/${owner}/profiles`, "POST", body)),
		};
	await showOwner();
	say(`${body.name} is saved.`);
}

async function deleteProfile() {
	const { id, name } = editing;
	await call(`owners/${owner}/profiles/${id}`, "DELETE");
	closeProfile();
	await showOwner();
	say(`${name} is deleted.`);
}

async function saveSettings() {
	await call(
		`owners/${owner}/settings`,
		"PUT",
		JSON.parse(find("settings-document").value),
	);
	await showOwner();
	say("The settings are saved.");
}

async function showPeople(people) {
	const rows = await Promise.all(
		people.map(async ({ id, name }) => {
			const { settings, version } = await call(`people/${id}/settings`);
			const boxes = ["taskSyncEnabled", "llmEnhancedFeaturesEnabled"].map(
				(setting) => {
					const box = element("input", {
						type: "checkbox",
						checked: settings[setting] ?? false,
					});
					box.onchange = doing(() =>
						call(`people/${id}/settings`, "PUT", { [setting]: box.checked }),
					);
					return element("label", {}, box, ` ${setting}`);
				},
			);
			return element(
				"li",
				{},
				element(
					"div",
					{ className: "row" },
					element("span", { textContent: `${name}, version ${version}` }),
					...boxes,
				),
			);
		}),
	);
	find("people").replaceChildren(...rows);
}

async function showEvents() {
	const { total, events } = await call("events");
	find("event-count").textContent = total;
	find("events").replaceChildren(...events.map(eventRow));
}

function eventRow({
	receivedAt,
	personId,
	organizationId,
	type,
	route,
	properties,
}) {
	const place = organizationId ? ` in ${organizationId}` : "";
	const facts = `${timeOf(receivedAt)}, ${personId}${place}, ${route} route`;
	return element(
		"li",
		{},
		element(
			"div",
			{ className: "row" },
			element("strong", { textContent: type }),
			element("span", { className: "quiet", textContent: facts }),
		),
		element("code", { textContent: JSON.stringify(properties) }),
	);
}

async function showShares() {
	const { shares } = await call("shares");
	find("share-count").textContent = shares.length;
	find("shares").replaceChildren(...shares.map(shareRow));
}

function shareRow(share) {
	const expired = share.expiresAt !== null && share.expiresAt <= Date.now();
	const until =
		share.expiresAt === null
			? "without end"
			: `${expired ? "expired" : "until"} ${timeOf(share.expiresAt)}`;
	const link = element("a", {
		href: `/share/${share.id}`,
		textContent: share.taskId,
	});
	const expire = element("button", {
		type: "button",
		textContent: "Expire now",
		disabled: expired,
	});
	expire.setAttribute("aria-label", `Expire now: ${share.taskId}`);
	expire.onclick = doing(() =>
		call(`shares/${share.id}`, "PUT", { expiresAt: Date.now() }),
	);
	const facts = element("span", {
		className: "quiet",
		textContent: `${share.visibility}, by ${share.personId}, ${until}`,
	});
	const visits = share.accesses.map(({ at, personId, outcome }) =>
		element("li", {
			textContent: `${timeOf(at)}: ${outcome}${personId ? `, ${personId}` : ""}`,
		}),
	);
	const log = element(
		"details",
		{},
		element("summary", { textContent: `${visits.length} visits` }),
		element("ul", {}, ...visits),
	);
	return element(
		"li",
		{ id: `share-${share.id}` },
		element("div", { className: "row" }, link, facts, expire),
		log,
	);
}

const { owners } = await call("owners");
const people = owners.filter(({ kind }) => kind === "personal account");
find("owner").append(
	...owners.map(({ id, name, kind }) =>
		element("option", { value: id, textContent: `${name} (${kind})` }),
	),
);
find("owner").onchange = doing(async () => {
	owner = find("owner").value;
	closeProfile();
	find("owner").focus();
	await showOwner();
});
find("bump").onclick = doing(() => call(`owners/${owner}/bump`, "POST"));
find("new-profile").onclick = () => edit(null);
find("close-profile").onclick = closeProfile;
find("delete-profile").onclick = doing(deleteProfile, find("profile-error"));
find("profile-form").onsubmit = doing(saveProfile, find("profile-error"));
find("settings-form").onsubmit = doing(saveSettings, find("settings-error"));

/** By the name the server gives the list that changed. */
const shows = {
	settings: async () => {
		await showOwner();
		await showPeople(people);
	},
	events: showEvents,
	shares: showShares,
	tasks: async () => {},
};
owner = owners[0].id;
for (const show of Object.values(shows)) await show();
const changes = new EventSource("/admin/api/changes");
changes.onmessage = ({ data }) => doing(shows[data])();
changes.onerror = () => say("The cloud does not answer; trying again.");
changes.onopen = () => say("");
if (location.hash) find(location.hash.slice(1))?.scrollIntoView();
