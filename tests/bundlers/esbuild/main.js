import init, { CloudService } from "roo-cloud-web";
import module from "roo-cloud-web/wasm";

await init(module);
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
const inWorker = answer(worker);
worker.postMessage({ apiUrl, token });

navigator.serviceWorker.register("service-worker.js", { type: "module" });
const inServiceWorker = answer(navigator.serviceWorker);
const { active } = await navigator.serviceWorker.ready;
active.postMessage({ apiUrl, token });

globalThis.outcome = {
	page: cloud.listProfiles().length,
	worker: await inWorker,
	serviceWorker: await inServiceWorker,
};

function answer(from) {
	return new Promise((resolve) => {
		from.onmessage = ({ data }) => resolve(data);
	});
}
