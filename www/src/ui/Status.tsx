import type { ReactNode } from "react";

/** Says how something ended, once, to those who do not see it too. It is always in the page: an empty region that fills is what gets read out. */
export function Status({ children }: { children: ReactNode }) {
	return <output className="status">{children}</output>;
}
