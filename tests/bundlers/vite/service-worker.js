import { CloudService } from "roo-cloud-web";

// Answers as soon as it runs, and makes its client when it is asked: a service worker is ended and started again at will.
addEventListener("message", async ({ data: { apiUrl, token }, source }) => {
	const cloud = await CloudService.createInstance({
		apiUrl,
		auth: { type: "token", token },
	});
	await cloud.refreshSettings();
	await cloud.syncProfiles();
	source.postMessage(cloud.listProfiles().length);
});
