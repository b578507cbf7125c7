import { CloudService } from "/node_modules/roo-cloud-web/index.js";

// A service worker knows how to answer as soon as it runs, and makes its client when it is asked.
addEventListener("message", async ({ data: { apiUrl, token }, source }) => {
	const cloud = await CloudService.createInstance({
		apiUrl,
		auth: { type: "token", token },
	});
	await cloud.refreshSettings();
	await cloud.syncProfiles();
	source.postMessage(cloud.listProfiles().length);
});
