import type { ProviderSettings } from "roo-cloud-web";
import { PROVIDERS, providerOf } from "./providers";

/** What the form shows of a profile: texts, as inputs hold them. */
export interface ProfileForm {
	provider: string;
	model: string;
	baseUrl: string;
	/** Empty keeps the stored key: it is never shown. */
	newKey: string;
	temperature: string;
}

export function formOf(settings: ProviderSettings): ProfileForm {
	const provider = providerOf(settings);
	return {
		provider: settings.apiProvider ?? "",
		model: text(provider && settings[provider.modelField]),
		baseUrl: text(provider?.baseUrlField && settings[provider.baseUrlField]),
		newKey: "",
		temperature: text(settings.modelTemperature),
	};
}

/** The profile with the form written over it; what the form does not know is kept. */
export function applyForm(
	settings: ProviderSettings,
	form: ProfileForm,
): ProviderSettings {
	const next: ProviderSettings = { ...settings, apiProvider: form.provider };
	const provider = PROVIDERS.find(({ id }) => id === form.provider);
	if (provider) {
		put(next, provider.modelField, form.model);
		if (provider.baseUrlField) {
			put(next, provider.baseUrlField, form.baseUrl);
		}
		if (provider.keyField && form.newKey !== "") {
			next[provider.keyField] = form.newKey;
		}
	}
	if (form.temperature.trim() === "") {
		delete next.modelTemperature;
	} else {
		next.modelTemperature = Number(form.temperature);
	}
	return next;
}

function put(settings: ProviderSettings, field: string, value: string): void {
	if (value.trim() === "") {
		delete settings[field];
	} else {
		settings[field] = value.trim();
	}
}

function text(value: unknown): string {
	return typeof value === "string" || typeof value === "number"
		? String(value)
		: "";
}
