// What a page would put together in place of this package: sign-in, validation, storage, events. Bundled and measured by measure-stack.js.

import { openDB } from "idb";
import { UserManager } from "oidc-client-ts";
import posthog from "posthog-js/dist/module.slim";
import * as z from "zod";

const Settings = z.object({
	organization: z.looseObject({
		version: z.number(),
		allowList: z.object({
			allowAll: z.boolean(),
			providers: z.record(
				z.string(),
				z.object({
					allowAll: z.boolean(),
					models: z.array(z.string()).optional(),
				}),
			),
		}),
		providerProfiles: z
			.record(z.string(), z.looseObject({ id: z.string().optional() }))
			.optional(),
	}),
	user: z.object({
		features: z.looseObject({}),
		settings: z.looseObject({ taskSyncEnabled: z.boolean().optional() }),
		version: z.number(),
	}),
});

export const manager = (settings) => new UserManager(settings);
export const parse = (body) => Settings.parse(JSON.parse(body));
export const database = () =>
	openDB("stack", 1, { upgrade: (db) => db.createObjectStore("settings") });
export const events = (key, options) => posthog.init(key, options);
