import { useEffect, useRef } from "react";
import type { UsageStats } from "roo-cloud-web";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useDarkness } from "../theme/useDarkness";
import { type Metric, metricView } from "./metrics";
import { plotOptions } from "./plotOptions";

const HEIGHT_PX = 220;

interface Props {
	stats: UsageStats;
	metric: Metric;
}

/** One bar a day. */
export function UsagePlot({ stats, metric }: Props) {
	const frame = useRef<HTMLDivElement>(null);
	const dark = useDarkness();
	const { label, format, total } = metricView(metric);

	// biome-ignore lint/correctness/useExhaustiveDependencies: the colours are read from the page, which darkness changes.
	useEffect(() => {
		const element = frame.current;
		if (!element) {
			return;
		}
		const { dates } = stats.data;
		const seconds = dates.map((date) => Date.parse(date) / 1000);
		const plot = new uPlot(
			{
				...plotOptions(metricView(metric), getComputedStyle(element)),
				width: element.clientWidth,
				height: HEIGHT_PX,
			},
			[seconds, stats.data[metric]],
			element,
		);
		const resize = new ResizeObserver(() =>
			plot.setSize({ width: element.clientWidth, height: HEIGHT_PX }),
		);
		resize.observe(element);
		return () => {
			resize.disconnect();
			plot.destroy();
		};
	}, [stats, metric, dark]);

	return (
		<div
			ref={frame}
			className="plot"
			role="img"
			aria-label={`${label} by day over ${stats.period} days, ${format(total(stats))} in all`}
		/>
	);
}
