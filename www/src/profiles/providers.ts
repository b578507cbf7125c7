import type { ProviderSettings } from "roo-cloud-web";

/** Which of a profile's many fields mean the same thing for one provider. */
export interface Provider {
	id: string;
	label: string;
	modelField: string;
	/** Absent where the provider knows no key. */
	keyField?: string;
	baseUrlField?: string;
}

/** The providers this form can edit; others keep their fields as they are. */
export const PROVIDERS: readonly Provider[] = [
	{
		id: "anthropic",
		label: "Anthropic",
		modelField: "apiModelId",
		keyField: "apiKey",
		baseUrlField: "anthropicBaseUrl",
	},
	{
		id: "openai",
		label: "OpenAI compatible",
		modelField: "openAiModelId",
		keyField: "openAiApiKey",
		baseUrlField: "openAiBaseUrl",
	},
	{
		id: "openai-native",
		label: "OpenAI",
		modelField: "apiModelId",
		keyField: "openAiNativeApiKey",
		baseUrlField: "openAiNativeBaseUrl",
	},
	{
		id: "openrouter",
		label: "OpenRouter",
		modelField: "openRouterModelId",
		keyField: "openRouterApiKey",
		baseUrlField: "openRouterBaseUrl",
	},
	{
		id: "gemini",
		label: "Google Gemini",
		modelField: "apiModelId",
		keyField: "geminiApiKey",
		baseUrlField: "googleGeminiBaseUrl",
	},
	{
		id: "mistral",
		label: "Mistral",
		modelField: "apiModelId",
		keyField: "mistralApiKey",
	},
	{
		id: "deepseek",
		label: "DeepSeek",
		modelField: "apiModelId",
		keyField: "deepSeekApiKey",
		baseUrlField: "deepSeekBaseUrl",
	},
	{
		id: "xai",
		label: "xAI",
		modelField: "apiModelId",
		keyField: "xaiApiKey",
	},
	{
		id: "litellm",
		label: "LiteLLM",
		modelField: "litellmModelId",
		keyField: "litellmApiKey",
		baseUrlField: "litellmBaseUrl",
	},
	{
		id: "ollama",
		label: "Ollama",
		modelField: "ollamaModelId",
		keyField: "ollamaApiKey",
		baseUrlField: "ollamaBaseUrl",
	},
	{
		id: "lmstudio",
		label: "LM Studio",
		modelField: "lmStudioModelId",
		baseUrlField: "lmStudioBaseUrl",
	},
];

export function providerOf(settings: ProviderSettings): Provider | undefined {
	return PROVIDERS.find(({ id }) => id === settings.apiProvider);
}

export function providerLabel(id: string | undefined): string {
	return PROVIDERS.find((each) => each.id === id)?.label ?? id ?? "No provider";
}
