import { CloudService } from "roo-cloud-web/inline";

addEventListener("message", async ({ data: { apiUrl, token } }) => {
	const cloud = await CloudService.createInstance({
		apiUrl,
		auth: { type: "token", token },
	});
	await cloud.refreshSettings();
	await cloud.syncProfiles();
	postMessage(cloud.listProfiles().length);
});
