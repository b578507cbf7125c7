import { useEffect, useState } from "react";

export type Theme = "light" | "system" | "dark";

/** `public/theme.js` reads it before the first paint. */
const KEY = "roo-dashboard.theme";

function storedTheme(): Theme {
	const theme = document.documentElement.dataset.theme;
	return theme === "light" || theme === "dark" ? theme : "system";
}

/** The chosen theme, and how to choose another. */
export function useTheme(): [Theme, (theme: Theme) => void] {
	const [theme, setTheme] = useState(storedTheme);

	useEffect(() => {
		const { dataset } = document.documentElement;
		if (theme === "system") {
			delete dataset.theme;
		} else {
			dataset.theme = theme;
		}
		try {
			localStorage.setItem(KEY, theme);
		} catch {
			// Storage is blocked: the choice holds for this page only.
		}
	}, [theme]);

	return [theme, setTheme];
}
