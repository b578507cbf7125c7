import type { QueueStats } from "roo-cloud-web";

const MINUTE_MS = 60_000;
/** So many minutes are shown. */
const MINUTES = 30;

/** Events delivered, by minute: the last one is the current. */
export interface Throughput {
	/** When each minute began, in seconds since 1970. */
	seconds: readonly number[];
	delivered: readonly number[];
}

/** How many were delivered in which minute since 1970. */
const deliveredIn = new Map<number, number>();
let deliveredBefore = 0;
let shown: { minute: number; throughput: Throughput } | undefined;
const listeners = new Set<() => void>();

/** Counts what was delivered since the queue spoke last. */
export function countDelivered({ delivered }: QueueStats): void {
	// A new client begins at zero.
	const more = delivered - (delivered < deliveredBefore ? 0 : deliveredBefore);
	deliveredBefore = delivered;
	if (more === 0) {
		return;
	}
	const minute = Math.floor(Date.now() / MINUTE_MS);
	deliveredIn.set(minute, (deliveredIn.get(minute) ?? 0) + more);
	for (const old of deliveredIn.keys()) {
		if (old <= minute - MINUTES) {
			deliveredIn.delete(old);
		}
	}
	shown = undefined;
	for (const listener of [...listeners]) {
		listener();
	}
}

export function subscribeThroughput(listener: () => void): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

/** The minutes up to the one of `now`, in ms since 1970; the same object until something in it changed. */
export function readThroughput(now: number): Throughput {
	const minute = Math.floor(now / MINUTE_MS);
	if (shown?.minute !== minute) {
		const minutes = Array.from(
			{ length: MINUTES },
			(_, index) => minute - MINUTES + 1 + index,
		);
		shown = {
			minute,
			throughput: {
				seconds: minutes.map((each) => each * 60),
				delivered: minutes.map((each) => deliveredIn.get(each) ?? 0),
			},
		};
	}
	return shown.throughput;
}
