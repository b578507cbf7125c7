import { CloudService } from "roo-cloud-web";

const { apiUrl, token } = Object.fromEntries(
	new URLSearchParams(location.search),
);
const cloud = await CloudService.createInstance({
	apiUrl,
	auth: { type: "token", token },
});
await cloud.refreshSettings();
await cloud.syncProfiles();

const worker = new Worker(new URL("./worker.js", import.meta.url), {
	type: "module",
});
worker.onmessage = ({ data: inWorker }) => {
	globalThis.outcome = { page: cloud.listProfiles().length, worker: inWorker };
};
worker.postMessage({ apiUrl, token });
