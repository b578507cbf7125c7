import { useRef, useState } from "react";

type Progress<Result> =
	| { state: "idle" }
	| { state: "pending" }
	| { state: "done"; result: Result }
	| { state: "failed"; error: unknown };

export interface Action<Arguments extends unknown[], Result> {
	/** Starts it, in the same tick: a click's permission is still there. */
	run: (...args: Arguments) => Promise<void>;
	reset: () => void;
	pending: boolean;
	/** It ended well; for actions that have no result. */
	done: boolean;
	result: Result | undefined;
	error: unknown;
}

/** Something the user asked for, that takes time and may fail. The last call counts. */
export function useAction<Arguments extends unknown[], Result>(
	action: (...args: Arguments) => Promise<Result> | Result,
): Action<Arguments, Result> {
	const [progress, setProgress] = useState<Progress<Result>>({ state: "idle" });
	const latestRun = useRef(0);

	const run = async (...args: Arguments) => {
		latestRun.current += 1;
		const thisRun = latestRun.current;
		const settle = (next: Progress<Result>) => {
			if (thisRun === latestRun.current) {
				setProgress(next);
			}
		};
		settle({ state: "pending" });
		try {
			settle({ state: "done", result: await action(...args) });
		} catch (error) {
			settle({ state: "failed", error });
		}
	};

	const reset = () => {
		latestRun.current += 1;
		setProgress({ state: "idle" });
	};

	return {
		run,
		reset,
		pending: progress.state === "pending",
		done: progress.state === "done",
		result: progress.state === "done" ? progress.result : undefined,
		error: progress.state === "failed" ? progress.error : undefined,
	};
}
