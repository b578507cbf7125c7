/** What the development cloud can be told to do with events, to see the queue at work. */
export const FAULTS = [
	{ value: "none", label: "Takes them", fault: undefined },
	{ value: "offline", label: "Offline", fault: { drop: true } },
	{ value: "500", label: "500", fault: { status: 500 } },
	{ value: "429", label: "429", fault: { status: 429, retryAfter: "15" } },
] as const;

export type FaultName = (typeof FAULTS)[number]["value"];

/** Whether the cloud at `apiUrl` can be told so: only the development cloud can. */
export async function hasFaults(apiUrl: string): Promise<boolean> {
	try {
		return (await control(apiUrl, "GET")).ok;
	} catch {
		return false;
	}
}

/** Has the cloud treat events so from now on. */
export async function setFault(apiUrl: string, name: FaultName): Promise<void> {
	await told(await control(apiUrl, "DELETE"));
	const fault = FAULTS.find(({ value }) => value === name)?.fault;
	if (fault) {
		const body = JSON.stringify({ route: "/api/events*", ...fault });
		await told(await control(apiUrl, "POST", body));
	}
}

function control(
	apiUrl: string,
	method: string,
	body?: string,
): Promise<Response> {
	return fetch(new URL("/control/faults", apiUrl), {
		method,
		...(body ? { body, headers: { "Content-Type": "application/json" } } : {}),
	});
}

async function told(answer: Response): Promise<void> {
	if (!answer.ok) {
		throw new Error(`The cloud answered with status ${answer.status}.`);
	}
}
