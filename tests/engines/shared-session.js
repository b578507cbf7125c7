// A person who is signed in in several tabs of one origin, each of which calls the cloud again and again.

import { setTimeout as wait } from "node:timers/promises";
import { FetchClient } from "../cloud/fetch-client.js";
import { startRemote } from "./remote.js";
import { until } from "./until.js";

/** A tab calls the cloud this often, in milliseconds. */
const PAUSE_MS = [200, 1_000];
/** One that has not loaded by then was killed on its way. */
const LOAD_LIMIT_MS = 30_000;

/** @param {[number, number]} range */
export const between = ([least, most]) =>
	least + Math.random() * (most - least);

/** The ways to sign in: the client's options, and what happens where a page is opened. */
const WAYS = {
	oauth: (cloud, person) => ({
		auth: {
			type: "oauth",
			issuer: cloud.issuer,
			clientId: "roo-cloud-web",
			redirectUri: "http://127.0.0.1/callback",
		},
		openPage: async (url) =>
			(await new FetchClient(cloud).authorize(url, { person })).href,
	}),
	dpop(cloud, person) {
		const { auth, openPage } = WAYS.oauth(cloud, person);
		return { auth: { ...auth, dpop: true }, openPage };
	},
	ticket: (cloud, person) => ({
		auth: {
			type: "ticket",
			clerkUrl: `${cloud.apiUrl}/ticket`,
			authRedirect: "vscode://rooveterinaryinc.roo-cline",
		},
		proxied: true,
		async openPage(url) {
			const body = new URL(url).searchParams;
			body.set("person", person);
			const answer = await fetch(`${new URL(url).origin}/extension/sign-in`, {
				method: "POST",
				body,
				redirect: "manual",
			});
			return answer.headers.get("location");
		},
	}),
};

export class SharedSession {
	/** How often the person signed in. */
	signIns = 0;
	/** When a tab was killed or closed, and how. @type {{ at: number, how: string }[]} */
	kills = [];
	/** When a tab was signed out, and why. @type {{ at: number, cause?: string }[]} */
	signOuts = [];
	/** Calls that failed, when and how. @type {{ at: number, error: string }[]} */
	failures = [];
	/** How many calls did not fail. */
	calls = 0;
	/** @type {Map<string, any>} by url */
	#tabs = new Map();
	#names = 0;
	#isCalling = false;
	#ends = false;
	#work = new Set();

	/**
	 * @param {{ issuer: string, apiUrl: string }} cloud
	 * @param {string} person
	 * @param {keyof typeof WAYS} way how the person signs in
	 */
	static async start(cloud, person, way) {
		const session = new SharedSession();
		session.person = person;
		session.way = way;
		const { openPage, ...options } = WAYS[way](cloud, person);
		session.options = {
			hosted: true,
			tells: true,
			apiUrl: cloud.apiUrl,
			settings: { refreshIntervalMs: 60_000 },
			...options,
		};
		session.remote = await startRemote({ lines: 24, openPage });
		return session;
	}

	/** Addresses for so many more tabs. @param {number} count */
	urls(count) {
		return Array.from({ length: count }, () =>
			this.remote.url(`${this.person}-${this.#names++}`),
		);
	}

	/** Waits for the tab at `url` and makes its client; nothing: it was killed on its way. @param {string} url */
	async joined(url) {
		const arrival = this.remote.arrival(new URL(url).searchParams.get("tab"));
		const tab = await Promise.race([
			arrival.catch(() => undefined),
			wait(LOAD_LIMIT_MS, undefined, { ref: false }),
		]);
		if (!tab) return;
		this.#tabs.set(url, tab);
		await tab.run("create", this.options);
		this.#goOn(this.#keepCalling(tab));
	}

	/** The tabs that live, by url. */
	living() {
		return [...this.#tabs].filter(([, tab]) => !tab.gone);
	}

	/** Notes that tabs are gone, which were killed at `at`; gives how many. @param {number} at @param {string} how */
	bury(at, how) {
		const gone = [...this.#tabs].filter(([, tab]) => tab.gone);
		for (const [url, tab] of gone) {
			this.kills.push({ at, how });
			this.#listen(tab);
			this.#tabs.delete(url);
		}
		return gone.length;
	}

	/** Signs in for the first time, waits until every tab has heard of it, and lets them call the cloud. */
	async begin() {
		await this.signIn();
		for (const [, tab] of this.living())
			await until(async () => (await tab.run("state")) === "active-session");
		this.#isCalling = true;
	}

	/** Signs in, in whichever tab lives to do it. */
	async signIn() {
		while (!this.#ends) {
			const [, tab] = this.living().at(0) ?? [];
			if (
				tab &&
				(await tab.run("signIn", { mode: "host" }).catch(() => undefined))
			) {
				this.signIns += 1;
				return;
			}
			await wait(100);
		}
	}

	/** From now on the person signs in again whenever they are signed out. */
	signInAgain() {
		this.#goOn(
			(async () => {
				let heard = 0;
				while (!this.#ends) {
					this.hear();
					if (this.signOuts.length > heard) {
						// The others hear of it, too.
						await wait(1_000);
						this.hear();
						heard = this.signOuts.length;
						await this.signIn();
					}
					await wait(100);
				}
			})(),
		);
	}

	/** Takes in what the tabs told. */
	hear() {
		for (const [, tab] of this.#tabs) this.#listen(tab);
	}

	/** Ends the calling. */
	async end() {
		this.#ends = true;
		await Promise.race([Promise.all(this.#work), wait(10_000)]);
		this.hear();
	}

	close() {
		this.#ends = true;
		this.remote.close();
	}

	#goOn(work) {
		this.#work.add(work);
		work.finally(() => this.#work.delete(work));
	}

	#listen(tab) {
		for (const { at, state, previousState, cause } of tab.notes.splice(0))
			if (state === "logged-out" && previousState !== "initializing")
				this.signOuts.push({ at, cause });
	}

	async #keepCalling(tab) {
		while (!this.#ends && !tab.gone) {
			if (this.#isCalling) {
				try {
					if ((await tab.run("call")) !== undefined) this.calls += 1;
				} catch (error) {
					this.failures.push({ at: Date.now(), error: String(error) });
				}
			}
			await wait(between(PAUSE_MS));
		}
	}
}
