import type { UsageStats } from "roo-cloud-web";
import { ScrollRegion } from "../ui/ScrollRegion";
import { METRICS } from "./metrics";

/** The plot's numbers, for those who would rather read them. */
export function UsageTable({ stats }: { stats: UsageStats }) {
	const { data } = stats;
	return (
		<details>
			<summary>As a table</summary>
			<ScrollRegion label="Usage by day">
				<table>
					<thead>
						<tr>
							<th scope="col">Day</th>
							{METRICS.map(({ value, label }) => (
								<th key={value} scope="col" className="number">
									{label}
								</th>
							))}
						</tr>
					</thead>
					<tbody>
						{data.dates.map((date, day) => (
							<tr key={date}>
								<th scope="row">{date}</th>
								{METRICS.map(({ value, format }) => (
									<td key={value} className="number">
										{format(data[value][day] ?? 0)}
									</td>
								))}
							</tr>
						))}
					</tbody>
				</table>
			</ScrollRegion>
		</details>
	);
}
