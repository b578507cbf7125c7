import { useCloud } from "roo-cloud-web/react";
import { plural } from "../ui/numbers";

/** How long a link will work, before there is one. */
export function ExpiryHint() {
	const organizationSettings = useCloud(
		(snapshot) => snapshot.organizationSettings,
	);
	const days = organizationSettings?.cloudSettings?.taskShareExpirationDays;
	return (
		<p className="hint">
			{days === undefined
				? "The link works until the share is deleted."
				: `The link works for ${plural(days, "day")}.`}
		</p>
	);
}
