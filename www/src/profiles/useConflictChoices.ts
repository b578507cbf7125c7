import { useCallback, useState } from "react";
import type { FieldConflict } from "roo-cloud-web";

export type Side = "cloud" | "local";

export interface ConflictChoices {
	/** The side chosen for a conflict, else the one the merge takes by itself. */
	chosen: (conflict: FieldConflict) => Side;
	choose: (conflict: FieldConflict, side: Side) => void;
}

/** Names a conflict as it stands: when the cloud's value changes, the choice is open again. */
export function conflictKey({ profile, field, cloud }: FieldConflict): string {
	return JSON.stringify([profile, field, cloud]);
}

export function useConflictChoices(): ConflictChoices {
	const [choices, setChoices] = useState<ReadonlyMap<string, Side>>(new Map());
	const chosen = useCallback(
		(conflict: FieldConflict) =>
			choices.get(conflictKey(conflict)) ?? conflict.taken,
		[choices],
	);
	const choose = useCallback((conflict: FieldConflict, side: Side) => {
		setChoices((before) => new Map(before).set(conflictKey(conflict), side));
	}, []);
	return { chosen, choose };
}
