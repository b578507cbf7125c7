import { useSyncExternalStore } from "react";

const system = matchMedia("(prefers-color-scheme: dark)");

function subscribe(listener: () => void): () => void {
	const chosen = new MutationObserver(listener);
	chosen.observe(document.documentElement, {
		attributes: true,
		attributeFilter: ["data-theme"],
	});
	system.addEventListener("change", listener);
	return () => {
		chosen.disconnect();
		system.removeEventListener("change", listener);
	};
}

function isDark(): boolean {
	const chosen = document.documentElement.dataset.theme;
	return chosen === undefined ? system.matches : chosen === "dark";
}

/** Whether the page is dark now: for what is drawn on a canvas. */
export function useDarkness(): boolean {
	return useSyncExternalStore(subscribe, isDark);
}
