import { useCloud } from "roo-cloud-web/react";
import { useNow } from "../cloud/useNow";
import { useService } from "../cloud/useService";
import { Facts } from "../ui/Facts";
import { bytes, count, plural } from "../ui/numbers";
import { inDuration } from "../ui/time";

/** How the queue stands; its ages tick. */
export function QueueFacts() {
	const cloud = useService();
	const now = useNow();
	useCloud();
	const queue = cloud.queueStats();
	const paused = queue.pausedUntil !== undefined && queue.pausedUntil > now;
	return (
		<Facts
			facts={[
				{
					name: "Waiting",
					value: `${plural(queue.queued, "event")}, ${bytes(queue.bytes)}`,
				},
				{ name: "On their way", value: count(queue.inFlight) },
				{ name: "Delivered", value: count(queue.delivered) },
				{ name: "In memory only", value: count(queue.unstored) },
				{ name: "Dropped", value: droppedInWords(queue.dropped) },
				{
					name: "Oldest",
					value:
						queue.oldestAgeMs === undefined
							? "—"
							: inDuration(queue.oldestAgeMs),
				},
				{
					name: "Paused",
					value: paused
						? `for ${inDuration((queue.pausedUntil ?? now) - now)} more`
						: "no",
				},
			]}
		/>
	);
}

function droppedInWords(dropped: Record<string, number>): string {
	const reasons = Object.entries(dropped).filter(([, number]) => number > 0);
	return reasons.length === 0
		? "none"
		: reasons.map(([reason, number]) => `${number} ${reason}`).join(", ");
}
