import { useMemo } from "react";
import type { UsageStats } from "roo-cloud-web";
import { BarPlot } from "../ui/BarPlot";
import { atDay } from "../ui/time";
import { type Metric, metricView } from "./metrics";

/** The server counts days in UTC. */
const DAY = {
	seconds: 86_400,
	label: "Day",
	template: "{YYYY}-{MM}-{DD}",
	onAxis: atDay,
	utc: true,
};

interface Props {
	stats: UsageStats;
	metric: Metric;
}

/** One bar a day. */
export function UsagePlot({ stats, metric }: Props) {
	const { label, format, formatShort, total } = metricView(metric);
	const bars = useMemo(
		() => ({
			label,
			seconds: stats.data.dates.map((date) => Date.parse(date) / 1000),
			values: stats.data[metric],
			step: DAY,
			format,
			formatShort,
		}),
		[stats, metric, label, format, formatShort],
	);
	return (
		<BarPlot
			bars={bars}
			description={`${label} by day over ${stats.period} days, ${format(total(stats))} in all`}
		/>
	);
}
