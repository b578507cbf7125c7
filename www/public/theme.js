// Before the first paint, so that a chosen theme does not flash the other one.
// src/theme/useTheme.ts writes the choice.
try {
	const chosen = localStorage.getItem("roo-dashboard.theme");
	if (chosen === "light" || chosen === "dark") {
		document.documentElement.dataset.theme = chosen;
	}
} catch {
	// Storage is blocked: the system's theme it is.
}
