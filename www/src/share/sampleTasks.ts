import type { TaskMessage } from "roo-cloud-web";

/** A task to try sharing with: the cloud does not know it until its messages are sent. */
export interface SampleTask {
	id: string;
	title: string;
	messages: TaskMessage[];
}

interface Line {
	say: "text" | "reasoning" | "completion_result" | "user_feedback";
	text: string;
}

function sampleTask(title: string, lines: readonly Line[]): SampleTask {
	const start = Date.now() - lines.length * 60_000;
	return {
		id: crypto.randomUUID(),
		title,
		messages: lines.map((line, index) => ({
			...line,
			type: "say",
			ts: start + index * 60_000,
		})),
	};
}

export const SAMPLE_TASKS: readonly SampleTask[] = [
	sampleTask("Make the retry loop give up", [
		{ say: "text", text: "The upload retries for ever. Make it stop at five." },
		{
			say: "reasoning",
			text: "The loop has no bound; the count belongs beside the backoff.",
		},
		{
			say: "completion_result",
			text: "It stops after five attempts and keeps the last error.",
		},
	]),
	sampleTask("Explain the cache header", [
		{ say: "text", text: "What does no-cache do that no-store does not?" },
		{
			say: "completion_result",
			text: "no-cache stores the answer and asks each time whether it is still good; no-store never stores it.",
		},
	]),
];
