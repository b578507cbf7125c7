// What the measured pages have in common: a cloud that is one function, and answers with profiles as companies have them.

const base64url = (value) =>
	btoa(JSON.stringify(value)).replace(/[+/=]/g, (character) =>
		character === "+" ? "-" : character === "/" ? "_" : "",
	);

const TOKEN = [{ alg: "none" }, { r: { u: "user_bench" }, exp: 4102444800 }]
	.map(base64url)
	.concat("signature")
	.join(".");

export const ANSWER = "/api/extension-settings";

/** The options of a client whose cloud is `answer(init)` where it is asked for settings. */
export const options = (answer) => ({
	apiUrl: location.origin,
	auth: { type: "token", token: TOKEN },
	storage: "indexeddb",
	telemetry: { enabled: false },
	fetch: async (url, init) =>
		new URL(url).pathname === ANSWER
			? answer(init)
			: Response.json({ user: { id: "user_bench" }, organizations: [] }),
});

const id = (number) =>
	`34b2106b-da64-4e77-a899-${String(number).padStart(12, "0")}`;

function profile(number, revision) {
	return {
		id: id(number),
		apiProvider: "openai",
		openAiModelId: "gpt-4.1-corp",
		openAiBaseUrl: "https://llm-gateway.corp.example.com/v1",
		openAiStreamingEnabled: true,
		openAiHeaders: {
			"X-Team": "platform",
			"X-Cost-Center": "4711",
			"X-Env": "prod",
		},
		rateLimitSeconds: 4 + revision,
		modelTemperature: 0.23,
		consecutiveMistakeLimit: 3,
		todoListEnabled: true,
		includeMaxTokens: true,
		modelMaxTokens: 12288,
		enableReasoningEffort: true,
		reasoningEffort: "high",
		modelMaxThinkingTokens: 4096,
	};
}

/**
 * `count` profiles. Between revisions 0 and 1 a quarter is changed, a quarter goes and as many come, and of what stays every eighth
 * swaps its name with its neighbour: renamed, to a name that is taken.
 */
export function answerText(count, revision) {
	const profiles = {};
	for (let number = 0; number < count; number += 1) {
		const quarter = number % 4;
		const isSwapped = revision === 1 && number % 16 < 4 && quarter < 2;
		const isNew = quarter === 3 && revision === 1;
		const name = `Team ${isSwapped ? number + (quarter === 0 ? 1 : -1) : number}${isNew ? " new" : ""}`;
		profiles[name] = profile(
			number + (isNew ? count : 0),
			quarter === 2 ? revision : 0,
		);
	}
	return JSON.stringify({
		organization: {
			version: 1 + revision,
			cloudSettings: { recordTaskMessages: true, enableTaskSharing: true },
			defaultSettings: { enableCheckpoints: true },
			allowList: { allowAll: true, providers: {} },
			providerProfiles: profiles,
		},
		user: { features: {}, settings: { taskSyncEnabled: true }, version: 7 },
	});
}

/** An answer whose body is one chunk, so that what is measured is the client and not the browser's pipe. */
export function answerOf(bytes, etag) {
	const body = new ReadableStream({
		start(controller) {
			controller.enqueue(bytes);
			controller.close();
		},
	});
	return new Response(body, {
		headers: { "Content-Type": "application/json", ETag: etag },
	});
}
