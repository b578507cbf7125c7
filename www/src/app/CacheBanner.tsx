import { useCloud } from "roo-cloud-web/react";
import { useNow } from "../cloud/useNow";
import { ago } from "../ui/time";

/** Says that what is shown comes from the cache while the cloud does not answer. */
export function CacheBanner() {
	const { online, authState, settingsFetchedAt } = useCloud(
		({ online, authState, settingsFetchedAt }) => ({
			online,
			authState,
			settingsFetchedAt,
		}),
	);
	const outOfReach = !online || authState === "inactive-session";
	return (
		<div role="status">
			{outOfReach ? (
				<div className="notice notice-warn">
					<p className="notice-title">
						The cloud cannot be reached: this page works from its cache.
					</p>
					<p>
						{settingsFetchedAt === undefined ? (
							"No settings have been fetched yet."
						) : (
							<>
								The settings were fetched <Age since={settingsFetchedAt} />.
							</>
						)}{" "}
						Profiles can be used and changed. Events wait here and are sent when
						the cloud answers again.
					</p>
				</div>
			) : null}
		</div>
	);
}

/** Ticks, and is not read out each time it does. */
function Age({ since }: { since: number }) {
	return <span aria-live="off">{ago(since, useNow())}</span>;
}
