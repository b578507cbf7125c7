import { useMemo, useSyncExternalStore } from "react";
import { useNow } from "../cloud/useNow";
import { BarPlot } from "../ui/BarPlot";
import { count, plural, short } from "../ui/numbers";
import { readThroughput, subscribeThroughput } from "./throughput";

const MINUTE = {
	seconds: 60,
	label: "Minute",
	template: "{HH}:{mm}",
	utc: false,
};

/** Events delivered by this page, a bar a minute. */
export function ThroughputPlot() {
	const now = useNow();
	const throughput = useSyncExternalStore(subscribeThroughput, () =>
		readThroughput(now),
	);
	const bars = useMemo(
		() => ({
			label: "Delivered",
			seconds: throughput.seconds,
			values: throughput.delivered,
			step: MINUTE,
			format: count,
			formatShort: short,
		}),
		[throughput],
	);
	const total = throughput.delivered.reduce((sum, each) => sum + each, 0);
	return (
		<BarPlot
			bars={bars}
			description={`Events delivered by minute, ${plural(total, "event")} in the last ${throughput.seconds.length} minutes`}
		/>
	);
}
