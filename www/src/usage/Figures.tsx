import type { UsageStats } from "roo-cloud-web";
import { Balance } from "./Balance";
import { METRICS } from "./metrics";

/** The totals of the period, and the balance. */
export function Figures({ stats }: { stats: UsageStats | undefined }) {
	return (
		<dl className="figures">
			<Balance />
			{METRICS.map(({ value, label, format, total }) => (
				<div key={value}>
					<dt>{label}</dt>
					<dd>{stats ? format(total(stats)) : "—"}</dd>
				</div>
			))}
		</dl>
	);
}
