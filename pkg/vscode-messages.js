// What a webview and its extension tell each other: one shape, with a version, and nothing else is listened to.

const CHANNEL = "roo-cloud-web";

/** Raised when an older side would misunderstand. */
export const VERSION = 1;

export const message = (type, members) => ({
	channel: CHANNEL,
	version: VERSION,
	type,
	...members,
});

/** Whether `value` is of this channel, in any version. */
export const isMessage = (value) =>
	typeof value === "object" &&
	value !== null &&
	value.channel === CHANNEL &&
	Number.isInteger(value.version) &&
	typeof value.type === "string" &&
	(value.id === undefined || isText(value.id, 100));

export const isText = (value, longest) =>
	typeof value === "string" && value.length <= longest;
