import uPlot from "uplot";

/** What a plot of bars shows, one for each step of time. */
export interface Bars {
	/** What the values are, for the legend. */
	label: string;
	/** When each step begins, in seconds since 1970. */
	seconds: readonly number[];
	values: readonly number[];
	step: {
		seconds: number;
		/** What a step is, for the legend. */
		label: string;
		/** How it is written there, as uPlot has it. */
		template: string;
		/** How it is written on the axis, of milliseconds since 1970; as uPlot does where absent. */
		onAxis?: (ms: number) => string;
		/** Whether steps are told in UTC and not in the reader's own time. */
		utc: boolean;
	};
	/** In full, for the legend. */
	format: (value: number) => string;
	/** In short, for the axis. */
	formatShort: (value: number) => string;
}

/** How the plot looks: in the page's own colours and type. */
export function barPlotOptions(
	bars: Bars,
	style: CSSStyleDeclaration,
): Omit<uPlot.Options, "width" | "height"> {
	const colour = (property: string) => style.getPropertyValue(property).trim();
	const text = colour("--text-muted");
	const line = colour("--line");
	const accent = colour("--accent");
	const paths = uPlot.paths.bars?.({ size: [0.68, 28], radius: 0.2 });
	const { onAxis } = bars.step;
	const half = bars.step.seconds / 2;
	const axis: uPlot.Axis = {
		stroke: text,
		font: `12px ${style.fontFamily}`,
		ticks: { show: false },
		border: { show: true, stroke: line, width: 1 },
	};
	return {
		...(bars.step.utc
			? {
					tzDate: (seconds: number) =>
						uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
				}
			: {}),
		padding: [12, 8, 0, 0],
		cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
		scales: {
			x: { time: true, range: (_, min, max) => [min - half, max + half] },
			y: { range: (_, __, max) => [0, Math.max(max * 1.1, 1)] },
		},
		axes: [
			{
				...axis,
				grid: { show: false },
				...(onAxis
					? {
							values: (_: uPlot, ticks: number[]) =>
								ticks.map((seconds) => onAxis(seconds * 1000)),
						}
					: {}),
			},
			{
				...axis,
				size: 56,
				border: { show: false },
				grid: { stroke: line, width: 1 },
				values: (_, ticks) => ticks.map(bars.formatShort),
			},
		],
		// Without a pointer the legend tells of the last step.
		hooks: { setCursor: [showLast], ready: [showLast] },
		series: [
			{ label: bars.step.label, value: bars.step.template },
			{
				label: bars.label,
				stroke: accent,
				fill: accent,
				...(paths ? { paths } : {}),
				points: { show: false },
				value: (_, value) => (value === null ? "—" : bars.format(value)),
			},
		],
	};
}

function showLast(plot: uPlot): void {
	if (plot.cursor.idx === null || plot.cursor.idx === undefined) {
		plot.setLegend({ idx: plot.data[0].length - 1 });
	}
}
