import { useSnapshot } from "../cloud/useSnapshot";
import { ScrollRegion } from "../ui/ScrollRegion";

/** All of it, as it came. */
export function RawSettings() {
	const { organizationSettings, userSettings } = useSnapshot();
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
