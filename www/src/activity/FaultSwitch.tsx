import { useEffect, useState } from "react";
import { useAction } from "../cloud/useAction";
import { FailureNotice } from "../failures/FailureNotice";
import { Segmented } from "../ui/Segmented";
import { FAULTS, type FaultName, hasFaults, setFault } from "./faults";

/** Has the development cloud refuse events, to see the queue at work; nothing where the cloud cannot be told to. */
export function FaultSwitch({ apiUrl }: { apiUrl: string }) {
	const [available, setAvailable] = useState(false);
	const [fault, setFaultName] = useState<FaultName>("none");
	const change = useAction(async (name: FaultName) => {
		await setFault(apiUrl, name);
		setFaultName(name);
	});

	useEffect(() => {
		let current = true;
		hasFaults(apiUrl).then((has) => {
			if (current) {
				setAvailable(has);
			}
		});
		return () => {
			current = false;
		};
	}, [apiUrl]);

	if (!available) {
		return null;
	}
	return (
		<div className="faults">
			<p className="hint">What the development cloud does with events:</p>
			<Segmented<FaultName>
				legend="What the cloud does with events"
				segments={FAULTS}
				value={fault}
				onChange={change.run}
			/>
			<FailureNotice
				error={change.error}
				attempt="Not changed"
				onDismiss={change.reset}
			/>
		</div>
	);
}
