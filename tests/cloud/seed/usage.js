const DAY_MS = 24 * 60 * 60 * 1000;
export const SEEDED_DAYS = 90;

/** How much each person works where: tasks on a full working day. */
const HABITS = [
	{
		personId: "user_ana",
		organizationId: "org_meridian",
		tasksADay: 9,
		weekend: 0.1,
	},
	{
		personId: "user_ana",
		organizationId: "org_juniper",
		tasksADay: 3,
		weekend: 0,
	},
	{
		personId: "user_ben",
		organizationId: "org_meridian",
		tasksADay: 14,
		weekend: 0.25,
	},
	{ personId: "user_chiyo", organizationId: "", tasksADay: 2, weekend: 2.2 },
];

/**
 * The days up to and including today, with a weekly rhythm (busy Tuesday to Thursday, quiet weekends, Chiyo the other
 * way round), a slow rise, and a week off in the middle. The same day gives the same figures whenever it is asked.
 * @param {number} now
 */
export function seededUsage(now) {
	return HABITS.flatMap((habit) =>
		Array.from({ length: SEEDED_DAYS }, (_, index) =>
			usageOf(
				habit,
				new Date(now - (SEEDED_DAYS - 1 - index) * DAY_MS)
					.toISOString()
					.slice(0, 10),
			),
		),
	);
}

/**
 * @param {(typeof HABITS)[number]} habit
 * @param {string} date
 */
function usageOf(habit, date) {
	const random = randomFrom(
		`${habit.personId}/${habit.organizationId}/${date}`,
	);
	const day = Math.floor(Date.parse(date) / DAY_MS);
	const weekday = new Date(date).getUTCDay();
	const rhythm = [habit.weekend, 0.85, 1.1, 1.2, 1.1, 0.75, habit.weekend][
		weekday
	];
	const onHoliday = Math.floor(day / 7) % 13 === 6;
	const growth = 1 + 0.15 * Math.sin(day / 29);
	const tasks = onHoliday
		? 0
		: Math.round(habit.tasksADay * rhythm * growth * (0.6 + 0.8 * random()));
	const tokens = Math.round(tasks * (90_000 + 160_000 * random()));
	const cost = Math.round(tokens * (2.1 + 1.6 * random())) / 1_000_000;
	return {
		personId: habit.personId,
		organizationId: habit.organizationId,
		date,
		tasks,
		tokens,
		cost: Number(cost.toFixed(4)),
	};
}

/**
 * Mulberry32 over an FNV-1a hash: small, and the same on every machine.
 * @param {string} text
 */
function randomFrom(text) {
	let state = 0x811c9dc5;
	for (const character of text)
		state = Math.imul(state ^ character.charCodeAt(0), 0x01000193);
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
