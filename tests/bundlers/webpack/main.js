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
const inWorker = answer(worker);
worker.postMessage({ apiUrl, token });

navigator.serviceWorker.register(
	new URL("./service-worker.js", import.meta.url),
	{ type: "module" },
);
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
