/**
 * The webview's side of a VS Code extension: makes the extension (`roo-cloud-web/vscode-host`) the client's host. The browser is opened, secrets are kept, the
 * clipboard is written and requests are sent by the extension.
 * ```ts
 * import { CloudService } from "roo-cloud-web/inline";
 * import { createWebviewHost } from "roo-cloud-web/vscode-webview";
 *
 * const host = createWebviewHost();
 * const cloud = await CloudService.createInstance({
 * 	apiUrl: "https://app.roocode.com",
 * 	auth: { type: "oauth", issuer: "https://id.example.com", clientId: "my-extension", redirectUri: "vscode://my-publisher.my-extension/auth", mode: "host" },
 * 	host,
 * 	storage: host.secrets,
 * });
 * // In a click:
 * export const signIn = () => cloud.login();
 * ```
 */

import type { Progress, StorageAdapter, Unsubscribe } from "./index.js";

/** What VS Code gives a webview, once in its life. */
export interface WebviewApi {
	postMessage(message: unknown): void;
	getState(): unknown;
	setState(state: unknown): unknown;
}

/** What `createWebviewHost` takes. */
export interface WebviewHostOptions {
	/** What `acquireVsCodeApi()` gave, where the page has called it already: it may be called only once. */
	api?: WebviewApi;
	/**
	 * Milliseconds in which the extension has to begin with an answer; 10 seconds unless said otherwise. Then HOST_UNAVAILABLE, and a request is
	 * not sent any more, if the extension hears of it after all.
	 */
	timeoutMs?: number;
}

/** A `HostAdapter` whose every member is there. Calls fail with HOST_UNAVAILABLE where the extension does not answer or refuses. */
export interface WebviewHost {
	/** Opens an address of the extension's `origins` in the user's browser. Fails with LOGIN_CANCELLED: the user did not want it. */
	openExternal(url: string): Promise<void>;
	/** Where the browser comes back to; in remote windows it is another one each time. */
	callbackUri(): Promise<string>;
	/** Hears the addresses that the browser came back with, also those that came while nobody listened. */
	onCallback(listener: (url: string) => void): Unsubscribe;
	writeClipboard(text: string): Promise<void>;
	/** The editor's SecretStorage; `onChange` hears of other windows too. */
	secrets: StorageAdapter & {
		onChange(listener: (key: string) => void): Unsubscribe;
	};
	/**
	 * Sends the request from the extension, so neither CORS nor `connect-src` matters; to its `origins`, with its `methods`. Redirects are
	 * errors, cookies go neither way. Fails with a TypeError, as a page's own `fetch` does.
	 * ```ts
	 * import { createWebviewHost } from "roo-cloud-web/vscode-webview";
	 * const { fetch } = createWebviewHost();
	 * await fetch("https://app.roocode.com/api/events", {
	 * 	method: "POST",
	 * 	body: "{}",
	 * 	onUploadProgress: ({ sentBytes, totalBytes }) => console.log(sentBytes / totalBytes),
	 * });
	 * ```
	 */
	fetch(
		input: RequestInfo | URL,
		init?: RequestInit & { onUploadProgress?: (progress: Progress) => void },
	): Promise<Response>;
	/** What `setState` kept, also while the webview was hidden and thrown away. It is the client's. */
	getState(): unknown;
	/** Kept beside what the page itself keeps with VS Code's `setState`, where that is an object. VS Code keeps it in the open. */
	setState(state: unknown): void;
	/** Stops listening; what is under way fails. */
	dispose(): void;
}

/**
 * Makes the host. Only messages of the frame around this page, of this page's origin and of this package's shape are listened to.
 * ```ts
 * import { createWebviewHost } from "roo-cloud-web/vscode-webview";
 * const host = createWebviewHost({ timeoutMs: 5_000 });
 * await host.writeClipboard("copied");
 * ```
 */
export function createWebviewHost(options?: WebviewHostOptions): WebviewHost;
