// The page in the webview: what the client knows, and a button for each thing to do.

import { CloudError, CloudService } from "roo-cloud-web/inline";
import { createWebviewHost } from "roo-cloud-web/vscode-webview";

const { apiUrl, issuer, clientId } = JSON.parse(document.body.dataset.config);
const main = document.querySelector("main");
const host = createWebviewHost();

/** Shows `facts`, each under its name. */
function show(facts) {
	const rows = Object.entries(facts).flatMap(([name, value]) => {
		const [term, description] = ["dt", "dd"].map((tag) =>
			document.createElement(tag),
		);
		term.textContent = name;
		description.textContent = String(value);
		description.id = name;
		return [term, description];
	});
	const list = document.createElement("dl");
	list.append(...rows);
	main.replaceChildren(list);
}

const options = {
	apiUrl,
	auth: {
		type: "oauth",
		issuer,
		clientId,
		// The extension gives the address that is good in this window in its place.
		redirectUri: "vscode://roo-cloud-web.roo-cloud-web/auth",
		mode: "host",
	},
	host,
	// What is stored lies in the editor's SecretStorage, sealed.
	storage: host.secrets,
};

let outcome = "";
function render(from, snapshot) {
	show({
		from,
		state: snapshot.authState,
		user: snapshot.userInfo?.name ?? "nobody",
		organization: snapshot.userInfo?.organizationName ?? "none",
		settings: snapshot.organizationSettings?.version ?? "none",
		profiles: snapshot.profiles.length,
		outcome,
	});
}

// What was known when the webview was hidden, until the client is there.
const kept = CloudService.keptSnapshot(options);
if (kept) render("before", kept);

const cloud = await CloudService.createInstance(options);
const update = () => render("now", cloud.getSnapshot());

/** Enough to take a moment on its way, in bytes. */
const TASK_BYTES = 8 * 1024 * 1024;
let upload = new AbortController();

/** Uploads a long task, and shows how far it is; gives the percents that were shown. */
async function backfill() {
	upload = new AbortController();
	const shown = [];
	await cloud.backfillMessages(
		"task-lidar-timeout",
		[
			{
				ts: Date.now(),
				type: "say",
				say: "text",
				text: "x".repeat(TASK_BYTES),
			},
		],
		{
			signal: upload.signal,
			onProgress({ sentBytes, totalBytes }) {
				shown.push(Math.round((100 * sentBytes) / totalBytes));
				outcome = `Backfill ${shown.at(-1)} %`;
				update();
			},
		},
	);
	return shown;
}

const ACTIONS = {
	"Sign in": () => cloud.login(),
	Refresh: () => cloud.refreshSettings(),
	Merge: () => cloud.syncProfiles(),
	Share: () =>
		cloud.shareTask("task-lidar-timeout", { visibility: "organization" }),
	Backfill: backfill,
	Check: async () => cloud.capabilities(),
	Evaluate: async () => new Function("return 1")(),
	"Sign out": () => cloud.logout(),
};
function addButton(name, onclick) {
	const button = document.createElement("button");
	Object.assign(button, { textContent: name, onclick });
	document.body.append(button);
}
for (const [name, action] of Object.entries(ACTIONS))
	addButton(name, async () => {
		outcome = `${name}…`;
		update();
		try {
			outcome = `${name}: ${JSON.stringify((await action()) ?? "done")}`;
		} catch (error) {
			outcome = `${name}: ${CloudError.is(error) ? error.code : error.name}`;
		}
		update();
	});
addButton("Stop", () => upload.abort());
cloud.subscribe(update);
update();
