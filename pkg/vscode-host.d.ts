/**
 * The extension's side of a VS Code extension whose webview runs `roo-cloud-web`: opens the browser, receives the address that it comes back with,
 * keeps secrets in SecretStorage, writes the clipboard and sends requests to the origins it was given.
 * ```ts
 * import { contentSecurityPolicyTag, createCloudHost, type ExtensionContext, type VscodeApi, type Webview } from "roo-cloud-web/vscode-host";
 *
 * // In an extension: import * as vscode from "vscode";
 * declare const vscode: VscodeApi;
 * declare const context: ExtensionContext;
 * declare const panel: { webview: Webview & { html: string } };
 *
 * const host = createCloudHost({
 * 	vscode,
 * 	context,
 * 	origins: ["https://app.roocode.com", "https://id.example.com"],
 * });
 * context.subscriptions.push(host, host.attach(panel));
 * panel.webview.html = `<!doctype html>${contentSecurityPolicyTag(panel.webview)}<script type="module" src="…"></script>`;
 * ```
 */

/** Something to be disposed of, as VS Code has it. */
export interface Disposable {
	dispose(): unknown;
}

/** A `vscode.Uri`. */
export interface Uri {
	readonly path: string;
	toString(skipEncoding?: boolean): string;
}

/** What is needed of `import * as vscode from "vscode"`; given by the extension, so that this package imports nothing. */
export interface VscodeApi {
	env: {
		readonly uriScheme: string;
		readonly clipboard: { writeText(text: string): PromiseLike<void> };
		openExternal(target: Uri): PromiseLike<boolean>;
		asExternalUri(target: Uri): PromiseLike<Uri>;
	};
	Uri: { parse(value: string): Uri };
	window: {
		registerUriHandler(handler: { handleUri(uri: Uri): void }): Disposable;
	};
}

/** What is needed of the context that `activate` is given. */
export interface ExtensionContext {
	readonly extension: { readonly id: string };
	readonly secrets: {
		get(key: string): PromiseLike<string | undefined>;
		store(key: string, value: string): PromiseLike<void>;
		delete(key: string): PromiseLike<void>;
		onDidChange(
			listener: (event: { readonly key: string }) => void,
		): Disposable;
		/** Newer editors list their secrets; for others the names are kept as a secret beside. */
		keys?(): PromiseLike<string[]>;
	};
	readonly subscriptions: Disposable[];
}

/** A `vscode.Webview`. */
export interface Webview {
	readonly cspSource: string;
	postMessage(message: unknown): PromiseLike<boolean>;
	onDidReceiveMessage(listener: (message: unknown) => void): Disposable;
}

/** A `vscode.WebviewPanel` or `vscode.WebviewView`: with it, what came while it was hidden is told when it is shown. */
export interface View {
	readonly webview: Webview;
	onDidChangeViewState?(listener: () => void): Disposable;
	onDidChangeVisibility?(listener: () => void): Disposable;
	onDidDispose?(listener: () => void): Disposable;
}

/** What `createCloudHost` takes. */
export interface CloudHostOptions {
	/** `import * as vscode from "vscode"`. */
	vscode: VscodeApi;
	/** What `activate` was given. */
	context: ExtensionContext;
	/** What may be asked and opened: the cloud's API and its authorization server. https, or http on this machine. */
	origins: string[];
	/** GET, POST and PATCH unless said otherwise. */
	methods?: string[];
	/** The path of the address that the browser comes back to; `/auth` unless said otherwise. */
	callbackPath?: string;
	/** An extension has one handler of addresses. With `false`, hand what yours does not know to `handleUri`. */
	registerUriHandler?: boolean;
	/** What requests are sent with; the editor's `fetch` unless said otherwise. */
	fetch?: typeof fetch;
	/** Hears of refusals and failures, without secrets. */
	log?: (message: string) => void;
}

/** The host of all webviews of an extension. */
export interface CloudHost extends Disposable {
	/**
	 * Serves a webview until it, or what is returned, is disposed of. Call it before setting the html.
	 * ```ts
	 * import type { CloudHost, View } from "roo-cloud-web/vscode-host";
	 * declare const host: CloudHost;
	 * export const resolveWebviewView = (view: View) => host.attach(view);
	 * ```
	 */
	attach(view: View | Webview): Disposable;
	/**
	 * Takes the address that the browser came back with; false where it is not one of a sign-in.
	 * ```ts
	 * import type { CloudHost, Uri } from "roo-cloud-web/vscode-host";
	 * declare const host: CloudHost;
	 * export const handleUri = (uri: Uri) => host.handleUri(uri) || console.log("another address");
	 * ```
	 */
	handleUri(uri: Uri): boolean;
	/** Ends what is under way, and serves no webview any more. */
	dispose(): void;
}

/**
 * Makes the host. Throws a TypeError where one of `origins` is neither https nor of this machine.
 * ```ts
 * import { createCloudHost, type ExtensionContext, type VscodeApi } from "roo-cloud-web/vscode-host";
 * declare const vscode: VscodeApi;
 * declare const context: ExtensionContext;
 * const host = createCloudHost({ vscode, context, origins: ["https://app.roocode.com"], log: console.log });
 * context.subscriptions.push(host);
 * ```
 */
export function createCloudHost(options: CloudHostOptions): CloudHost;

/** What a page needs beyond what this package needs. */
export interface ContentSecurityPolicyOptions {
	/** Scripts run by this nonce, and not for lying in the extension's folder. */
	nonce?: string;
	/** Whether the module is fetched from the extension's folder; not needed with `roo-cloud-web/inline`. */
	streaming?: boolean;
	/** What the page asks without the extension. */
	connect?: string[];
	/** Where pictures come from; https and data unless said otherwise. */
	images?: string[];
}

/**
 * The policy under which the client works in a webview: `default-src 'none'`, no eval, no form, and nothing but the extension's own files.
 * ```ts
 * import { contentSecurityPolicy, type Webview } from "roo-cloud-web/vscode-host";
 * declare const webview: Webview;
 * console.log(contentSecurityPolicy(webview, { streaming: true }));
 * ```
 */
export function contentSecurityPolicy(
	webview: Pick<Webview, "cspSource">,
	options?: ContentSecurityPolicyOptions,
): string;

/**
 * The same as a `<meta>` tag, for the head of the webview's html.
 * ```ts
 * import { contentSecurityPolicyTag, type Webview } from "roo-cloud-web/vscode-host";
 * declare const webview: Webview & { html: string };
 * webview.html = `<!doctype html>${contentSecurityPolicyTag(webview)}<p>Hello</p>`;
 * ```
 */
export function contentSecurityPolicyTag(
	webview: Pick<Webview, "cspSource">,
	options?: ContentSecurityPolicyOptions,
): string;
