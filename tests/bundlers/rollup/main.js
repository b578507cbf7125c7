import { CloudService } from "roo-cloud-web/inline";

const { apiUrl, token } = Object.fromEntries(
	new URLSearchParams(location.search),
);
const cloud = await CloudService.createInstance({
	apiUrl,
	auth: { type: "token", token },
});
await cloud.refreshSettings();
await cloud.syncProfiles();

const worker = new Worker("worker.js", { type: "module" });
worker.onmessage = ({ data: inWorker }) => {
	globalThis.outcome = { page: cloud.listProfiles().length, worker: inWorker };
};
worker.postMessage({ apiUrl, token });
