import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

/** A profile as an administrator sees it. */
interface AdminProfile {
	id: string;
	name: string;
	document: Record<string, unknown>;
}

interface LoggedEntry {
	kind: string;
	method?: string;
	path?: string;
	status?: number;
}

export interface Addresses {
	apiUrl: string;
	issuer: string;
	adminUrl: string;
	dashboardUrl: string;
}

/** A development cloud of its own for one test, on free ports, forgotten afterwards. */
export class Cloud {
	private constructor(
		readonly addresses: Addresses,
		private readonly server: ChildProcess,
	) {}

	static async start(): Promise<Cloud> {
		const server = spawn(
			process.execPath,
			[
				"tests/cloud/main.js",
				"--port",
				"0",
				"--db",
				":memory:",
				"--static",
				"www/dist",
				"--quiet",
			],
			{ cwd: REPOSITORY, stdio: ["ignore", "pipe", "inherit"] },
		);
		for await (const line of createInterface({ input: server.stdout })) {
			return new Cloud(JSON.parse(line), server);
		}
		throw new Error(
			`the cloud ended with ${server.exitCode} before it listened`,
		);
	}

	async stop(): Promise<void> {
		if (this.server.exitCode === null) {
			const ended = once(this.server, "exit");
			this.server.kill("SIGTERM");
			await ended;
		}
	}

	/** Makes a route go wrong; see tests/cloud/control/faults.js. */
	async fault(specification: Record<string, unknown>): Promise<void> {
		await this.call("POST", "/control/faults", specification);
	}

	async clearFaults(): Promise<void> {
		await this.call("DELETE", "/control/faults");
	}

	/** What the cloud was asked, oldest first. */
	async log(): Promise<LoggedEntry[]> {
		const { entries } = await this.call<{ entries: LoggedEntry[] }>(
			"GET",
			"/control/log",
		);
		return entries;
	}

	/** How often a path was asked for with this method. */
	async requests(method: string, path: string): Promise<number> {
		const entries = await this.log();
		return entries.filter(
			(entry) => entry.method === method && entry.path === path,
		).length;
	}

	/** Changes fields of a profile, as an administrator would. */
	async editProfile(
		owner: string,
		name: string,
		change: Record<string, unknown>,
	): Promise<void> {
		const { profiles } = await this.call<{ profiles: AdminProfile[] }>(
			"GET",
			`/admin/api/owners/${owner}`,
		);
		const profile = profiles.find((each) => each.name === name);
		if (!profile) {
			throw new Error(`${owner} has no profile ${name}`);
		}
		await this.call(
			"PUT",
			`/admin/api/owners/${owner}/profiles/${profile.id}`,
			{
				name,
				document: { ...profile.document, ...change },
			},
		);
	}

	/** Makes the settings newer with nothing else changed. */
	async raiseVersion(owner: string): Promise<void> {
		await this.call("POST", `/admin/api/owners/${owner}/bump`);
	}

	/** Changes what a person has chosen, as they would on another device. */
	async changeUserSettings(
		person: string,
		settings: Record<string, boolean>,
	): Promise<void> {
		await this.call("PUT", `/admin/api/people/${person}/settings`, settings);
	}

	/** Changes how the cloud behaves; see tests/cloud/control/settings.js. */
	async change(settings: Record<string, unknown>): Promise<void> {
		await this.call("POST", "/control/settings", settings);
	}

	/** The types of the events that arrived, oldest first. */
	async eventTypes(): Promise<string[]> {
		const { events } = await this.call<{ events: { type: string }[] }>(
			"GET",
			"/admin/api/events",
		);
		return events.map(({ type }) => type).reverse();
	}

	/** The caller says what answer it expects. */
	private async call<Answer>(
		method: string,
		path: string,
		body?: unknown,
	): Promise<Answer> {
		const answer = await fetch(this.addresses.apiUrl + path, {
			method,
			...(body === undefined
				? {}
				: {
						body: JSON.stringify(body),
						headers: { "Content-Type": "application/json" },
					}),
		});
		if (!answer.ok) {
			throw new Error(
				`${method} ${path}: ${answer.status} ${await answer.text()}`,
			);
		}
		const text = await answer.text();
		return (text === "" ? undefined : JSON.parse(text)) as Answer;
	}
}
