import type { ReactNode } from "react";

function Icon({ children }: { children: ReactNode }) {
	return (
		<svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
			{children}
		</svg>
	);
}

export function SunIcon() {
	return (
		<Icon>
			<circle cx="8" cy="8" r="2.8" />
			<path d="M8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8 13 13M13 3l-1.2 1.2M4.2 11.8 3 13" />
		</Icon>
	);
}

export function SystemIcon() {
	return (
		<Icon>
			<rect x="2" y="3" width="12" height="8" rx="1.2" />
			<path d="M6 13.6h4" />
		</Icon>
	);
}

export function MoonIcon() {
	return (
		<Icon>
			<path d="M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z" />
		</Icon>
	);
}
