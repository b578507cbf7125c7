// Compiled, not run: events, options and errors narrow as a user's editor shows them, and what is wrong does not compile.

import init, {
	CloudError,
	type CloudErrorCode,
	type CloudOptions,
	CloudService,
	mergeProfiles,
	type ProfileSyncResult,
	type QueueStats,
} from "roo-cloud-web";
import { useCloud, useCloudService } from "roo-cloud-web/react";

/** True where both are the same type, not only assignable. */
type Same<A, B> =
	(<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2
		? true
		: false;
const same = <A, B>(_: Same<A, B>) => {};

export function events(cloud: CloudService) {
	cloud.on("profiles-changed", (data) =>
		same<typeof data, ProfileSyncResult>(true),
	);
	cloud.on("queue-changed", (data) => same<typeof data, QueueStats>(true));
	cloud.once("background-error", (data) => same<typeof data, CloudError>(true));
	cloud.on("auth-state-changed", ({ state, cause }) => {
		same<typeof cause, CloudErrorCode | undefined>(true);
		// @ts-expect-error: no such state
		return state === "signed-in";
	});
	// @ts-expect-error: no such event
	cloud.on("profile-changed", () => {});
	// @ts-expect-error: the wrong payload
	cloud.on("connection-changed", (data: { online: string }) => data);
	// @ts-expect-error: an event that never was cannot be taken off
	cloud.off("nothing", () => {});

	cloud.emitTaskEvent("taskModeSwitched", "task", "code");
	// @ts-expect-error: the mode is missing
	cloud.emitTaskEvent("taskModeSwitched", "task");
	// @ts-expect-error: no such event of a task
	cloud.emitTaskEvent("taskExploded", "task");
}

export function options() {
	const auth = { type: "token", token: "t" } as const;
	const wrong: CloudOptions[] = [
		// @ts-expect-error: no way to sign in
		{ apiUrl: "https://a" },
		// @ts-expect-error: a token where OAuth wants an issuer
		{ apiUrl: "https://a", auth: { type: "oauth", token: "t" } },
		// @ts-expect-error: no such storage
		{ apiUrl: "https://a", auth, storage: "cookies" },
		// @ts-expect-error: misspelt
		{ apiUrl: "https://a", auth, telemetery: {} },
		// @ts-expect-error: no such way to sync
		{ apiUrl: "https://a", auth, profiles: { sync: "never" } },
		// @ts-expect-error: a listener in the place of a hook
		{ apiUrl: "https://a", auth, telemetry: { beforeSend: "none" } },
	];
	// @ts-expect-error: made by createInstance alone
	new CloudService();
	const handlers = { "no-such-event": () => {} };
	// @ts-expect-error: handlers are by event
	CloudService.createInstance({ apiUrl: "https://a", auth }, handlers);
	// @ts-expect-error: no source of a module
	init(null);
	return wrong;
}

export async function errors(cloud: CloudService) {
	try {
		await cloud.shareTask("task");
	} catch (error) {
		same<typeof error, unknown>(true);
		if (!CloudError.is(error)) throw error;
		same<typeof error, CloudError>(true);
		// @ts-expect-error: no such code
		if (error.code === "OFFLINE") return;
		// @ts-expect-error: nobody writes it
		error.code = "NETWORK";
		switch (error.category) {
			case "auth":
			case "api":
			case "sync":
			case "platform":
			case "usage":
				return error.retryAfterMs?.toFixed();
			default: {
				const nothingLeft: never = error.category;
				return nothingLeft;
			}
		}
	}
}

export function values(cloud: CloudService) {
	// @ts-expect-error: a snapshot is only read
	cloud.getSnapshot().online = false;
	// @ts-expect-error: neither are its profiles changed in place
	cloud.getSnapshot().profiles.push();
	// @ts-expect-error: by name or by id
	cloud.getProfile("Team");
	// @ts-expect-error: a resolver of the pure merge answers at once
	mergeProfiles({ apiConfigs: {} }, {}, { resolve: async () => "local" });
	const { getSnapshot } = cloud; // bound
	return getSnapshot;
}

export function Hooks() {
	const names = useCloud((snapshot) =>
		snapshot.profiles.map(({ name }) => name),
	);
	same<typeof names, string[]>(true);
	const service = useCloudService();
	// @ts-expect-error: it may not be there yet
	service.logout();
	const texts = (a: string, b: string) => a === b;
	// @ts-expect-error: an equality of another type
	useCloud(({ online }) => online, texts);
	return null;
}
