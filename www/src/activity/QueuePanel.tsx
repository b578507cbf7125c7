import { useState } from "react";
import { useAction } from "../cloud/useAction";
import { useService } from "../cloud/useService";
import { FailureNotice } from "../failures/FailureNotice";
import { Button } from "../ui/Button";
import { plural } from "../ui/numbers";
import { Panel } from "../ui/Panel";
import { Status } from "../ui/Status";
import { Switch } from "../ui/Switch";
import { FaultSwitch } from "./FaultSwitch";
import { QueueFacts } from "./QueueFacts";
import { ThroughputPlot } from "./ThroughputPlot";

const FLUSH_TIMEOUT_MS = 10_000;

/** The events on their way to the cloud. */
export function QueuePanel({ apiUrl }: { apiUrl: string }) {
	const cloud = useService();
	const [enabled, setEnabled] = useState(true);
	const flush = useAction(() => cloud.flush({ timeoutMs: FLUSH_TIMEOUT_MS }));
	return (
		<Panel
			title="Event queue"
			actions={
				<Button busy={flush.pending} onClick={() => flush.run()}>
					Send now
				</Button>
			}
		>
			<QueueFacts />
			<ThroughputPlot />
			<FaultSwitch apiUrl={apiUrl} />
			<Switch
				label="Send events"
				hint="Off: nothing is captured, and what waits is deleted."
				checked={enabled}
				onChange={(checked) => {
					setEnabled(checked);
					cloud.setTelemetryEnabled(checked);
				}}
			/>
			<Status>
				{flush.result
					? `${plural(flush.result.delivered, "event")} delivered, ${flush.result.remaining} left.`
					: null}
			</Status>
			<FailureNotice
				error={flush.error}
				attempt="Could not send"
				onRetry={() => flush.run()}
				onDismiss={flush.reset}
			/>
		</Panel>
	);
}
