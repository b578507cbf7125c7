const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const moment = new Intl.DateTimeFormat(undefined, {
	dateStyle: "medium",
	timeStyle: "short",
});
/** Usage is counted in UTC. */
const day = new Intl.DateTimeFormat(undefined, {
	day: "numeric",
	month: "short",
	timeZone: "UTC",
});
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** "12 s", "5 min", "3 h", "2 days"; whole units, rounded down. */
export function inDuration(ms: number): string {
	if (ms < MINUTE) {
		return `${Math.max(0, Math.floor(ms / SECOND))} s`;
	}
	if (ms < HOUR) {
		return `${Math.floor(ms / MINUTE)} min`;
	}
	if (ms < DAY) {
		return `${Math.floor(ms / HOUR)} h`;
	}
	const days = Math.floor(ms / DAY);
	return days === 1 ? "1 day" : `${days} days`;
}

/** How long ago `then` was; a moment in the future counts as now. */
export function ago(then: number, now: number): string {
	const age = now - then;
	return age < SECOND ? "just now" : `${inDuration(age)} ago`;
}

/** Date and time in the user's language. */
export function atMoment(ms: number): string {
	return moment.format(ms);
}

/** Day and month in the user's language, of a day that the cloud counts. */
export function atDay(ms: number): string {
	return day.format(ms);
}

/** Time of day, with seconds. */
export function atClock(ms: number): string {
	return clock.format(ms);
}
