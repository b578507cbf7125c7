import type { UsageStats } from "roo-cloud-web";
import { count, money, short } from "../ui/numbers";

export type Metric = "tasks" | "tokens" | "costs";

interface MetricView {
	value: Metric;
	label: string;
	/** In full, for figures and the table. */
	format: (value: number) => string;
	/** In short, for the axis. */
	formatShort: (value: number) => string;
	total: (stats: UsageStats) => number;
}

export const METRICS: readonly MetricView[] = [
	{
		value: "tasks",
		label: "Tasks",
		format: count,
		formatShort: short,
		total: ({ data }) => data.totals.tasks,
	},
	{
		value: "tokens",
		label: "Tokens",
		format: count,
		formatShort: short,
		total: ({ data }) => data.totals.tokens,
	},
	{
		value: "costs",
		label: "Cost",
		format: money,
		formatShort: (value) => `$${short(value)}`,
		total: ({ data }) => data.totals.cost,
	},
];

export function metricView(metric: Metric): MetricView {
	const found = METRICS.find(({ value }) => value === metric);
	if (!found) {
		throw new Error(`no metric ${metric}`);
	}
	return found;
}
