import uPlot from "uplot";
import { atDay } from "../ui/time";
import type { metricView } from "./metrics";

const DAY_SECONDS = 86_400;

/** How the plot looks: in the page's own colours and type. */
export function plotOptions(
	view: ReturnType<typeof metricView>,
	style: CSSStyleDeclaration,
): Omit<uPlot.Options, "width" | "height"> {
	const colour = (property: string) => style.getPropertyValue(property).trim();
	const text = colour("--text-muted");
	const line = colour("--line");
	const accent = colour("--accent");
	const bars = uPlot.paths.bars?.({ size: [0.68, 28], radius: 0.2 });
	const axis: uPlot.Axis = {
		stroke: text,
		font: `12px ${style.fontFamily}`,
		ticks: { show: false },
		border: { show: true, stroke: line, width: 1 },
	};
	return {
		// The server counts days in UTC.
		tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
		padding: [12, 8, 0, 0],
		cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
		scales: {
			x: {
				time: true,
				range: (_, min, max) => [min - DAY_SECONDS / 2, max + DAY_SECONDS / 2],
			},
			y: { range: (_, __, max) => [0, Math.max(max * 1.1, 1)] },
		},
		axes: [
			{
				...axis,
				grid: { show: false },
				values: (_, ticks) => ticks.map((seconds) => atDay(seconds * 1000)),
			},
			{
				...axis,
				size: 56,
				border: { show: false },
				grid: { stroke: line, width: 1 },
				values: (_, ticks) => ticks.map(view.formatShort),
			},
		],
		// Without a pointer the legend tells of the last day.
		hooks: { setCursor: [showLastDay], ready: [showLastDay] },
		series: [
			{ label: "Day", value: "{YYYY}-{MM}-{DD}" },
			{
				label: view.label,
				stroke: accent,
				fill: accent,
				...(bars ? { paths: bars } : {}),
				points: { show: false },
				value: (_, value) => (value === null ? "—" : view.format(value)),
			},
		],
	};
}

function showLastDay(plot: uPlot): void {
	if (plot.cursor.idx === null || plot.cursor.idx === undefined) {
		plot.setLegend({ idx: plot.data[0].length - 1 });
	}
}
