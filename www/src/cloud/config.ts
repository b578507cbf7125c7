/** What a deployment of the dashboard has to know, served as `/config.json`. */
export interface DashboardConfig {
	apiUrl: string;
	issuer: string;
	clientId: string;
}

/** Neither the server nor this browser knows a configuration. */
export class ConfigUnavailable extends Error {
	override readonly name = "ConfigUnavailable";
}

const REMEMBERED = "roo-dashboard.config";

/**
 * Reads `/config.json`. When the server does not answer, the configuration of
 * the last visit is used, so that the page works from cache.
 */
export async function loadConfig(): Promise<DashboardConfig> {
	try {
		const response = await fetch("/config.json", {
			headers: { Accept: "application/json" },
			signal: AbortSignal.timeout(10_000),
		});
		if (!response.ok) {
			throw new ConfigUnavailable(`status ${response.status}`);
		}
		const config = parseConfig(await response.json());
		remember(config);
		return config;
	} catch (cause) {
		const remembered = recall();
		if (remembered) {
			return remembered;
		}
		throw new ConfigUnavailable("/config.json could not be read", { cause });
	}
}

function parseConfig(value: unknown): DashboardConfig {
	const { apiUrl, issuer, clientId } = (value ?? {}) as Record<string, unknown>;
	if (
		typeof apiUrl !== "string" ||
		typeof issuer !== "string" ||
		typeof clientId !== "string"
	) {
		throw new ConfigUnavailable("apiUrl, issuer and clientId must be texts");
	}
	return { apiUrl, issuer, clientId };
}

function remember(config: DashboardConfig): void {
	try {
		localStorage.setItem(REMEMBERED, JSON.stringify(config));
	} catch {
		// Storage is blocked or full: the next visit asks the server again.
	}
}

function recall(): DashboardConfig | undefined {
	try {
		const text = localStorage.getItem(REMEMBERED);
		return text === null ? undefined : parseConfig(JSON.parse(text));
	} catch {
		return undefined;
	}
}
