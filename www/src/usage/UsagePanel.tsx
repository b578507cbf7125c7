import { useState } from "react";
import { useAccount } from "../cloud/useAccount";
import { useRequest } from "../cloud/useRequest";
import { useService } from "../cloud/useService";
import { FailureNotice } from "../failures/FailureNotice";
import { Panel } from "../ui/Panel";
import { Segmented } from "../ui/Segmented";
import { Figures } from "./Figures";
import { METRICS, type Metric } from "./metrics";
import { UsagePlot } from "./UsagePlot";
import { UsageTable } from "./UsageTable";

const PERIODS = [
	{ value: "7", label: "7 days" },
	{ value: "30", label: "30 days" },
	{ value: "90", label: "90 days" },
] as const;

type Period = (typeof PERIODS)[number]["value"];

/** Tasks, tokens and cost over time, and what is left to spend. */
export function UsagePanel() {
	const cloud = useService();
	const { key, canAsk } = useAccount();
	const [period, setPeriod] = useState<Period>("30");
	const [metric, setMetric] = useState<Metric>("tokens");
	const usage = useRequest(
		{ key: key && `${key}/${period}`, canAsk },
		(signal) => cloud.usage(Number(period), { signal }),
	);

	return (
		<Panel
			title="Usage"
			className={usage.pending ? "panel-pending" : ""}
			actions={
				<Segmented<Period>
					legend="Period"
					segments={PERIODS}
					value={period}
					onChange={setPeriod}
				/>
			}
		>
			<Figures stats={usage.value} />
			<FailureNotice
				error={usage.error}
				attempt="No usage"
				onRetry={usage.reload}
			/>
			<Segmented<Metric>
				legend="What the plot shows"
				segments={METRICS}
				value={metric}
				onChange={setMetric}
			/>
			{usage.value ? (
				<>
					<UsagePlot stats={usage.value} metric={metric} />
					<UsageTable stats={usage.value} />
				</>
			) : (
				<p className="plot empty">
					{!canAsk
						? "Usage is shown when the cloud answers."
						: usage.pending
							? "Loading…"
							: "No usage to show."}
				</p>
			)}
		</Panel>
	);
}
