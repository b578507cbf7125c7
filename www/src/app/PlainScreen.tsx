import type { ReactNode } from "react";
import { ThemeChoice } from "../theme/ThemeChoice";
import { Brand } from "./Brand";

/** A page with one thing on it: starting, failing, signing in. */
export function PlainScreen({ children }: { children: ReactNode }) {
	return (
		<>
			<header className="top">
				<Brand />
				<div className="top-end">
					<ThemeChoice />
				</div>
			</header>
			<main className="plain">{children}</main>
		</>
	);
}
