import { useSnapshot } from "../cloud/useSnapshot";
import { plural } from "../ui/numbers";

/** How long a link will work, before there is one. */
export function ExpiryHint() {
	const { organizationSettings } = useSnapshot();
	const days = organizationSettings?.cloudSettings?.taskShareExpirationDays;
	return (
		<p className="hint">
			{days === undefined
				? "The link works until the share is deleted."
				: `The link works for ${plural(days, "day")}.`}
		</p>
	);
}
