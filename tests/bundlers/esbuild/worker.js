import init, { CloudService } from "roo-cloud-web";
import module from "roo-cloud-web/wasm";

addEventListener("message", async ({ data: { apiUrl, token } }) => {
	await init(module);
	const cloud = await CloudService.createInstance({
		apiUrl,
		auth: { type: "token", token },
	});
	await cloud.refreshSettings();
	await cloud.syncProfiles();
	postMessage(cloud.listProfiles().length);
});
