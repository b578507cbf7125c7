import { useCallback, useEffect, useEffectEvent, useState } from "react";
import type { Account } from "./useAccount";

export interface RequestState<Value> {
	value: Value | undefined;
	error: unknown;
	pending: boolean;
	reload: () => void;
}

interface Settled<Value> {
	key: string;
	value?: Value;
	error?: unknown;
}

/**
 * Reads something of the cloud, and again when the account's key changes, which
 * must name all that the answer depends on, or when the cloud can be asked again.
 * Until then the last answer to this key stands. An answer to an old key is
 * aborted and never shown.
 */
export function useRequest<Value>(
	{ key, canAsk }: Account,
	request: (signal: AbortSignal) => Promise<Value>,
): RequestState<Value> {
	const [settled, setSettled] = useState<Settled<Value>>();
	const [pending, setPending] = useState(false);
	const [attempt, setAttempt] = useState(0);
	const send = useEffectEvent(request);

	// biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt asks again with the same key.
	useEffect(() => {
		if (key === null || !canAsk) {
			return;
		}
		const controller = new AbortController();
		const settle = (next: Settled<Value>) => {
			if (!controller.signal.aborted) {
				setSettled(next);
				setPending(false);
			}
		};
		setPending(true);
		send(controller.signal).then(
			(value) => settle({ key, value }),
			(error: unknown) => settle({ key, error }),
		);
		return () => {
			controller.abort();
			setPending(false);
		};
	}, [key, canAsk, attempt]);

	const reload = useCallback(() => setAttempt((count) => count + 1), []);
	const current = settled?.key === key ? settled : undefined;
	return { value: current?.value, error: current?.error, pending, reload };
}
