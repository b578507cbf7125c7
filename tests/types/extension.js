// An extension as the package in Node sees it: it opens pages in a browser without pages, receives answers and sends requests, and notes all.

import { CloudService } from "../../pkg/index.js";
import { FetchClient } from "../cloud/fetch-client.js";

export const CALLBACK_URI = "vscode://roo-cloud-web.roo-cloud-web/auth";

/** Signs `person` in at `cloud`; gives the host, the addresses opened, the requests sent, who listens, and `tell(url)` that tells them. */
export function extension(cloud, person = "user_ana") {
	const listeners = new Set();
	const opened = [];
	const sent = [];
	const tell = (url) => {
		for (const listener of [...listeners]) listener(url);
	};
	const host = {
		async openExternal(url) {
			opened.push(url);
			const browser = new FetchClient(cloud);
			tell((await browser.authorize(url, { person })).href);
		},
		callbackUri: async () => CALLBACK_URI,
		onCallback(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		fetch(url, init) {
			const headers = new Headers(init.headers);
			sent.push({ url: new URL(url), method: init.method, headers });
			return fetch(url, init);
		},
	};
	return { host, listeners, opened, sent, tell };
}

/** A client of `cloud` that signs in through `host`; `more` is added to its way of signing in. */
export const create = (cloud, host, more = {}) =>
	CloudService.createInstance({
		apiUrl: cloud.apiUrl,
		auth: {
			type: "oauth",
			issuer: cloud.issuer,
			clientId: cloud.clientId,
			redirectUri: "http://127.0.0.1:5173/callback",
			mode: "host",
			...more,
		},
		host,
	});
