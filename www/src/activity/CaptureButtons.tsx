import { useState } from "react";
import { useAction } from "../cloud/useAction";
import { useService } from "../cloud/useService";
import { FailureNotice } from "../failures/FailureNotice";
import { Button } from "../ui/Button";
import { Status } from "../ui/Status";
import { SAMPLE_EVENTS } from "./sampleEvents";

/** Captures events, as an editor would while somebody works. */
export function CaptureButtons() {
	const cloud = useService();
	const [taskId] = useState(() => crypto.randomUUID());
	const capture = useAction((sample: (typeof SAMPLE_EVENTS)[number]) =>
		sample.capture(cloud, taskId),
	);
	return (
		<div className="capture">
			<fieldset className="button-row">
				<legend>Capture an event</legend>
				{SAMPLE_EVENTS.map((sample) => (
					<Button key={sample.label} onClick={() => capture.run(sample)}>
						{sample.label}
					</Button>
				))}
			</fieldset>
			<Status>
				{capture.result ? `Captured as ${capture.result}.` : null}
			</Status>
			<FailureNotice
				error={capture.error}
				attempt="Not captured"
				onDismiss={capture.reset}
			/>
		</div>
	);
}
