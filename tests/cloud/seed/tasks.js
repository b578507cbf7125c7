const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * A few tasks the server knows, with their messages.
 * @param {number} now
 */
export function seededTasks(now) {
	return [
		task("task-lidar-timeout", "user_ana", "org_meridian", now - 26 * HOUR_MS, [
			request(
				"The lidar driver drops its connection after about ten minutes. Find out why and fix it.",
			),
			say("text", "I'll look at how the driver keeps its socket alive."),
			say("tool", '{"tool":"readFile","path":"drivers/lidar/src/session.rs"}'),
			say(
				"text",
				"The keep-alive is sent from the read loop, so a silent sensor starves it. I'll move it onto its own interval.",
			),
			say(
				"completion_result",
				"The keep-alive now has its own timer; a test leaves the sensor silent for an hour of simulated time and the session stands.",
			),
		]),
		task("task-flaky-docking", "user_ben", "org_meridian", now - 5 * HOUR_MS, [
			request(
				"docking_test fails about one time in forty on CI. Make it deterministic.",
			),
			say(
				"text",
				"The test waits for a wall-clock second. I'll give it the simulated clock.",
			),
			say("command_output", "test docking::approach ... ok (200 runs)"),
			say("completion_result", "Two hundred runs, no failure."),
		]),
		task("task-consent-form", "user_ana", "org_juniper", now - 50 * HOUR_MS, [
			request(
				"Add the new consent wording to the intake form, in both languages.",
			),
			say(
				"completion_result",
				"Both wordings are in; the form asks again where an older consent is on file.",
			),
		]),
		task("task-garden-planner", "user_chiyo", "", now - 3 * HOUR_MS, [
			request("Plan the raised beds: what can stand next to what?"),
			say(
				"text",
				"I'll make a small table of companions and solve it as a colouring.",
			),
			say(
				"completion_result",
				"beds.md holds three layouts; the second leaves the most sun for the tomatoes.",
			),
		]),
	];
}

/**
 * @param {string} id
 * @param {string} personId
 * @param {string} organizationId
 * @param {number} createdAt
 * @param {Record<string, unknown>[]} messages
 */
function task(id, personId, organizationId, createdAt, messages) {
	return {
		id,
		personId,
		organizationId,
		createdAt,
		messages: messages.map((message, index) => ({
			ts: createdAt + index * MINUTE_MS,
			...message,
		})),
	};
}

/** @param {string} text */
function request(text) {
	return { type: "say", say: "user_feedback", text };
}

/** @param {string} kind @param {string} text */
function say(kind, text) {
	return { type: "say", say: kind, text };
}
