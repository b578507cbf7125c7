import { Segmented } from "../ui/Segmented";
import { MoonIcon, SunIcon, SystemIcon } from "./icons";
import { type Theme, useTheme } from "./useTheme";

const THEMES = [
	{ value: "light", label: "Light", icon: <SunIcon /> },
	{ value: "system", label: "As the system", icon: <SystemIcon /> },
	{ value: "dark", label: "Dark", icon: <MoonIcon /> },
] as const;

export function ThemeChoice() {
	const [theme, setTheme] = useTheme();
	return (
		<Segmented<Theme>
			legend="Theme"
			segments={THEMES}
			value={theme}
			onChange={setTheme}
		/>
	);
}
