import type { ReactNode } from "react";

export interface Fact {
	name: string;
	value: ReactNode;
}

/** Names and values, two columns where there is room. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
	return (
		<dl className="facts">
			{facts.map((fact) => (
				<div key={fact.name}>
					<dt>{fact.name}</dt>
					<dd>{fact.value}</dd>
				</div>
			))}
		</dl>
	);
}
