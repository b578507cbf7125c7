import { useCloud } from "roo-cloud-web/react";
import { ScrollRegion } from "../ui/ScrollRegion";

/** All of it, as it came. */
export function RawSettings() {
	const { organizationSettings, userSettings } = useCloud(
		({ organizationSettings, userSettings }) => ({
			organizationSettings,
			userSettings,
		}),
	);
	return (
		<details>
			<summary>Everything, as JSON</summary>
			<ScrollRegion label="Settings as JSON">
				<pre>
					{JSON.stringify(
						{ organization: organizationSettings, user: userSettings },
						null,
						2,
					)}
				</pre>
			</ScrollRegion>
		</details>
	);
}
