import type { CloudService, TokenUsage } from "roo-cloud-web";

interface SampleEvent {
	label: string;
	/** Returns the event's id, or throws INVALID_EVENT. */
	capture: (cloud: CloudService, taskId: string) => string;
}

const TOKENS: TokenUsage = {
	totalTokensIn: 18_400,
	totalTokensOut: 2_150,
	totalCost: 0.087,
	contextTokens: 9_300,
};

/** Events to try the queue with; the last is wrong on purpose. */
export const SAMPLE_EVENTS: readonly SampleEvent[] = [
	{
		label: "Task created",
		capture: (cloud, taskId) => cloud.emitTaskEvent("taskCreated", taskId),
	},
	{
		label: "Message",
		capture: (cloud, taskId) =>
			cloud.emitTaskEvent("message", {
				taskId,
				action: "created",
				message: {
					ts: Date.now(),
					type: "say",
					say: "text",
					text: "A message of a sample task.",
				},
			}),
	},
	{
		label: "Task completed",
		capture: (cloud, taskId) =>
			cloud.emitTaskEvent(
				"taskCompleted",
				taskId,
				TOKENS,
				{ read_file: { attempts: 3, failures: 0 } },
				{ isSubtask: false },
			),
	},
	{
		label: "Mode switched",
		capture: (cloud, taskId) =>
			cloud.emitTaskEvent("taskModeSwitched", taskId, "architect"),
	},
	{
		label: "A wrong event",
		capture: (cloud) =>
			cloud.captureEvent({
				type: "Task Completed",
				properties: { taskId: 42 },
			}),
	},
];
