import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useDarkness } from "../theme/useDarkness";
import { type Bars, barPlotOptions } from "./barPlotOptions";

const HEIGHT_PX = 220;

interface Props {
	/** The same object as long as nothing in it changed. */
	bars: Bars;
	/** What a reader who does not see it is told. */
	description: string;
}

/** Bars over time. */
export function BarPlot({ bars, description }: Props) {
	const frame = useRef<HTMLDivElement>(null);
	const dark = useDarkness();

	// biome-ignore lint/correctness/useExhaustiveDependencies: the colours are read from the page, which darkness changes.
	useEffect(() => {
		const element = frame.current;
		if (!element) {
			return;
		}
		const plot = new uPlot(
			{
				...barPlotOptions(bars, getComputedStyle(element)),
				width: element.clientWidth,
				height: HEIGHT_PX,
			},
			[[...bars.seconds], [...bars.values]],
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
	}, [bars, dark]);

	return (
		<div ref={frame} className="plot" role="img" aria-label={description} />
	);
}
