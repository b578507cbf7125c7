/**
 * Provider profiles as a team would keep them: twelve in Meridian, two in Juniper, one in Chiyo's personal account.
 * `staging-gateway` carries a key on purpose: a client must drop it, whatever the server sends. The key opens nothing.
 */
export const PROFILES = [
	meridian("meridian-default", {
		apiProvider: "anthropic",
		apiModelId: "claude-sonnet-4-5",
		modelTemperature: 0,
		rateLimitSeconds: 0,
		todoListEnabled: true,
	}),
	meridian("meridian-architect", {
		apiProvider: "anthropic",
		apiModelId: "claude-opus-4-1",
		enableReasoningEffort: true,
		modelMaxTokens: 32000,
		modelMaxThinkingTokens: 16000,
	}),
	meridian("bedrock-eu", {
		apiProvider: "bedrock",
		apiModelId: "anthropic.claude-sonnet-4-5-20250929-v1:0",
		awsRegion: "eu-central-1",
		awsUseCrossRegionInference: true,
		awsUsePromptCache: true,
	}),
	meridian("vertex-batch", {
		apiProvider: "vertex",
		apiModelId: "claude-sonnet-4-5@20250929",
		vertexProjectId: "meridian-ml",
		vertexRegion: "europe-west4",
	}),
	meridian("gemini-long-context", {
		apiProvider: "gemini",
		apiModelId: "gemini-2.5-pro",
		modelTemperature: 0.2,
	}),
	meridian("gemini-quick", {
		apiProvider: "gemini",
		apiModelId: "gemini-2.5-flash",
		rateLimitSeconds: 1,
	}),
	meridian("gpt-5-reviewer", {
		apiProvider: "openai-native",
		apiModelId: "gpt-5",
		reasoningEffort: "high",
		verbosity: "low",
	}),
	meridian("openrouter-experiments", {
		apiProvider: "openrouter",
		openRouterModelId: "qwen/qwen3-coder",
		openRouterSpecificProvider: "DeepInfra",
		includeMaxTokens: true,
	}),
	meridian("staging-gateway", {
		apiProvider: "litellm",
		litellmBaseUrl: "https://llm.staging.meridian.example",
		litellmModelId: "sonnet",
		litellmUsePromptCache: true,
		litellmApiKey: "opens-nothing-a-client-drops-this",
	}),
	meridian("deepseek-drafts", {
		apiProvider: "deepseek",
		apiModelId: "deepseek-chat",
		openAiStreamingEnabled: true,
		modelTemperature: 0.6,
	}),
	meridian("mistral-completion", {
		apiProvider: "mistral",
		apiModelId: "codestral-latest",
		mistralCodestralUrl: "https://codestral.mistral.ai",
	}),
	meridian("lab-ollama", {
		apiProvider: "ollama",
		ollamaModelId: "qwen3:32b",
		ollamaBaseUrl: "http://gpu-1.lab.meridian.example:11434",
		ollamaNumCtx: 65536,
	}),
	profile("org_juniper", "juniper-clinical", {
		apiProvider: "bedrock",
		apiModelId: "anthropic.claude-sonnet-4-5-20250929-v1:0",
		awsRegion: "us-east-1",
		awsUsePromptCache: true,
	}),
	profile("org_juniper", "juniper-research", {
		apiProvider: "openai-native",
		apiModelId: "gpt-5",
		reasoningEffort: "medium",
	}),
	profile("user_chiyo", "home", {
		apiProvider: "openrouter",
		openRouterModelId: "anthropic/claude-sonnet-4.5",
	}),
];

/** @param {string} name @param {Record<string, unknown>} document */
function meridian(name, document) {
	return profile("org_meridian", name, document);
}

/** @param {string} ownerId @param {string} name @param {Record<string, unknown>} document */
function profile(ownerId, name, document) {
	return { id: `prof_${name.replaceAll("-", "_")}`, ownerId, name, document };
}
