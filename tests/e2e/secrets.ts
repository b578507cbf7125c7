import type { BrowserContext, Page, Request, Response } from "@playwright/test";
import type { Addresses } from "./cloud";

/** What the tests type as a key: it stays on the device. */
export const TYPED_KEY = "sk-canary-of-this-test";

const TOKEN_PATH = "/oauth/token";
/** What of a request to the token endpoint, of its answer, and of an authorization request is secret. */
const SENT = ["code", "code_verifier", "refresh_token"];
const ANSWERED = ["access_token", "refresh_token", "id_token"];
const ASKED = ["state", "nonce"];

/** Where a secret may be: in a place of that kind, at that address. */
interface Place {
	kind: string;
	text: string;
	/** The request that it is part of. */
	url?: URL;
}

/**
 * Watches a browser for secrets: it learns those of every sign-in from the wire, and looks for each of them in what is logged, stored and sent. Only the
 * places that OAuth names may have them.
 */
export class SecretWatch {
	/** Each secret, by what it is. */
	readonly secrets = new Map<string, string>([[TYPED_KEY, "typed key"]]);
	private readonly places: Place[] = [];
	private readonly pending: Promise<void>[] = [];

	constructor(
		private readonly context: BrowserContext,
		private readonly addresses: Addresses,
	) {
		context.on("console", (message) => this.add("console", message.text()));
		context.on("weberror", (error) => {
			const { stack, message } = error.error();
			this.add("failure", `${message} ${stack}`);
		});
		context.on("request", (request) => {
			this.learnFrom(request);
			this.pending.push(this.read(request).catch(() => {}));
		});
		context.on("response", (response) =>
			// The page may be gone before its answer is read.
			this.pending.push(this.learnFromAnswer(response).catch(() => {})),
		);
	}

	/** Every secret that stands where it may not, and where. */
	async leaks(): Promise<string[]> {
		for (const page of this.context.pages())
			if (page.url().startsWith(this.addresses.dashboardUrl))
				await this.readPage(page);
		await Promise.all(this.pending);
		const found = new Set<string>();
		for (const place of this.places)
			for (const [secret, what] of this.secrets)
				if (place.text.includes(secret) && !this.mayHave(place, what))
					found.add(
						`${what} in ${place.kind} ${place.url ? place.url.origin + place.url.pathname : ""}`.trim(),
					);
		return [...found];
	}

	/** Forgets what was seen. */
	forget() {
		this.places.length = 0;
	}

	private mayHave({ kind, url }: Place, what: string): boolean {
		const { issuer, apiUrl, dashboardUrl } = this.addresses;
		const at = (origin: string, path: string) =>
			url?.origin === origin && url.pathname.startsWith(path);
		switch (kind) {
			case "url":
				return what === "state" || what === "nonce"
					? at(issuer, "/oauth/authorize") ||
							(what === "state" && at(dashboardUrl, "/callback"))
					: what === "code" && at(dashboardUrl, "/callback");
			// Of the callback's own page, to its own origin: before any script could take the code out of its address.
			case "referer":
				return (
					(what === "code" || what === "state") && url?.origin === dashboardUrl
				);
			case "authorization":
				return what === "access_token" && at(apiUrl, "/api/");
			case "body":
				return (
					(SENT.includes(what) && at(issuer, TOKEN_PATH)) ||
					(what === "refresh_token" && at(issuer, "/oauth/revoke"))
				);
			default:
				return false;
		}
	}

	private add(kind: string, text: string | null, url?: URL) {
		if (text) this.places.push({ kind, text, url });
	}

	private learn(what: string, secret: unknown) {
		if (typeof secret === "string" && secret !== "")
			this.secrets.set(secret, what);
	}

	private learnFrom(request: Request) {
		const { pathname, searchParams } = new URL(request.url());
		if (pathname === "/oauth/authorize")
			for (const name of ASKED) this.learn(name, searchParams.get(name));
		if (pathname !== TOKEN_PATH) return;
		const form = new URLSearchParams(request.postData() ?? "");
		for (const name of SENT) this.learn(name, form.get(name));
	}

	private async learnFromAnswer(response: Response) {
		if (new URL(response.url()).pathname !== TOKEN_PATH || !response.ok())
			return;
		const answer = await response.json();
		for (const name of ANSWERED) this.learn(name, answer[name]);
	}

	private async read(request: Request) {
		const url = new URL(request.url());
		this.add("url", decodeURIComponent(url.href), url);
		this.add("body", request.postData(), url);
		for (const [name, value] of Object.entries(await request.allHeaders())) {
			const own = name === "referer" || name === "authorization";
			if (!name.startsWith(":")) this.add(own ? name : "header", value, url);
		}
	}

	private async readPage(page: Page) {
		const [shown, ...stored] = await page.evaluate(async () => {
			/** Bytes as characters, and everything else as JSON. */
			const written = (value: unknown): string => {
				if (value instanceof ArrayBuffer)
					return new TextDecoder("latin1").decode(value);
				if (ArrayBuffer.isView(value))
					return new TextDecoder("latin1").decode(value);
				if (value !== null && typeof value === "object")
					return Object.entries(value).flat().map(written).join(" ");
				return String(value);
			};
			const done = <T>(request: IDBRequest<T>) =>
				new Promise<T>((resolve, reject) => {
					request.onsuccess = () => resolve(request.result);
					request.onerror = () => reject(request.error);
				});
			const all = [];
			for (const { name } of await indexedDB.databases()) {
				const database = await done(indexedDB.open(name ?? ""));
				for (const store of database.objectStoreNames) {
					const opened = database.transaction(store).objectStore(store);
					all.push(written(await done(opened.getAllKeys())));
					all.push(written(await done(opened.getAll())));
				}
				database.close();
			}
			return [
				document.documentElement.outerHTML,
				written({ ...localStorage }),
				written({ ...sessionStorage }),
				document.cookie,
				`${location.href} ${written(history.state)} ${name}`,
				...all,
			];
		});
		this.add("page", shown ?? "");
		for (const text of stored) this.add("storage", text);
	}
}
