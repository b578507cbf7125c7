import { useEffect, useRef, useState } from "react";
import { useService } from "../cloud/useService";

type Mode = "redirect" | "popup";

interface SignInControl {
	/** The sign-in under way. */
	mode: Mode | undefined;
	error: unknown;
	/** Call it inside the click: a popup needs the click's permission. */
	start: (mode: Mode) => void;
	cancel: () => void;
}

export function useSignIn(): SignInControl {
	const cloud = useService();
	const [mode, setMode] = useState<Mode>();
	const [error, setError] = useState<unknown>();
	const controller = useRef<AbortController>(undefined);

	// Back from the sign-in page without having signed in: the browser shows
	// this page as it was left, and nothing is under way any more.
	useEffect(() => {
		const onPageShow = (event: PageTransitionEvent) => {
			if (event.persisted) {
				setMode(undefined);
			}
		};
		addEventListener("pageshow", onPageShow);
		return () => removeEventListener("pageshow", onPageShow);
	}, []);

	const start = (next: Mode) => {
		controller.current?.abort();
		const own = new AbortController();
		controller.current = own;
		setMode(next);
		setError(undefined);
		cloud
			.login({ mode: next, returnTo: "/", signal: own.signal })
			.catch((failure: unknown) => {
				if (controller.current === own) {
					setError(failure);
				}
			})
			.finally(() => {
				if (controller.current === own) {
					setMode(undefined);
				}
			});
	};

	return { mode, error, start, cancel: () => controller.current?.abort() };
}
