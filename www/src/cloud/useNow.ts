import { useSyncExternalStore } from "react";

const TICK_MS = 1000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let now = Date.now();

function subscribe(listener: () => void): () => void {
	listeners.add(listener);
	timer ??= setInterval(tick, TICK_MS);
	return () => {
		listeners.delete(listener);
		if (listeners.size === 0) {
			clearInterval(timer);
			timer = undefined;
		}
	};
}

function tick(): void {
	now = Date.now();
	for (const listener of [...listeners]) {
		listener();
	}
}

/** The time in ms since 1970, to the second: one timer for everything that shows an age. */
export function useNow(): number {
	return useSyncExternalStore(subscribe, () => now);
}
