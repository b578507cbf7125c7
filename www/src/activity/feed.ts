import type { CloudEventHandlers, CloudEvents } from "roo-cloud-web";
import { describeEvent, type EventDescription } from "./describeEvent";
import { countDelivered } from "./throughput";

export interface FeedEntry extends EventDescription {
	id: number;
	/** ms since 1970 */
	at: number;
	kind: keyof CloudEvents;
	/** How many in a row say the same kind of thing; the entry shows the last. */
	times: number;
}

const LIMIT = 200;

/** These come in bursts; the last one of a row says it all. */
const FOLDED: ReadonlySet<keyof CloudEvents> = new Set(["queue-changed"]);

let entries: readonly FeedEntry[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

export function subscribeFeed(listener: () => void): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

/** Newest first; the same array until something was added. */
export function readFeed(): readonly FeedEntry[] {
	return entries;
}

export function clearFeed(): void {
	publish([]);
}

/** Handlers for `createInstance`: given there, they miss nothing of the start. */
export function feedHandlers(): CloudEventHandlers {
	return {
		"auth-state-changed": recorder("auth-state-changed"),
		"user-info": recorder("user-info"),
		"settings-updated": recorder("settings-updated"),
		"profiles-changed": recorder("profiles-changed"),
		"profile-activated": recorder("profile-activated"),
		"task-shared": recorder("task-shared"),
		"task-event": recorder("task-event"),
		"queue-changed": (stats) => {
			countDelivered(stats);
			recorder("queue-changed")(stats);
		},
		"connection-changed": recorder("connection-changed"),
		"background-error": recorder("background-error"),
	};
}

function recorder<E extends keyof CloudEvents>(
	kind: E,
): (data: CloudEvents[E]) => void {
	return (data) => record(kind, describeEvent(kind, data));
}

function record(kind: keyof CloudEvents, description: EventDescription): void {
	const [newest, ...older] = entries;
	const folds =
		newest !== undefined && newest.kind === kind && FOLDED.has(kind);
	const entry: FeedEntry = {
		...description,
		kind,
		at: Date.now(),
		id: folds ? newest.id : nextId++,
		times: folds ? newest.times + 1 : 1,
	};
	publish([entry, ...(folds ? older : entries)].slice(0, LIMIT));
}

function publish(next: readonly FeedEntry[]): void {
	entries = next;
	for (const listener of [...listeners]) {
		listener();
	}
}
