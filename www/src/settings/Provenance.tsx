import type { CloudSnapshot } from "roo-cloud-web";
import { useCloud } from "roo-cloud-web/react";
import { useNow } from "../cloud/useNow";
import { Badge, type Tone } from "../ui/Badge";
import { ago, atMoment } from "../ui/time";

type Source = NonNullable<CloudSnapshot["settingsSource"]>;

const SOURCES: Readonly<Record<Source, { words: string; tone: Tone }>> = {
	network: { words: "From the cloud", tone: "good" },
	"other-tab": { words: "From another tab", tone: "good" },
	cache: { words: "From the cache", tone: "warn" },
	static: { words: "From the configuration", tone: "neutral" },
};

/** Where the settings came from and how old they are. */
export function Provenance() {
	const { settingsSource, settingsFetchedAt } = useCloud(
		({ settingsSource, settingsFetchedAt }) => ({
			settingsSource,
			settingsFetchedAt,
		}),
	);
	const now = useNow();
	if (!settingsSource) {
		return null;
	}
	const { words, tone } = SOURCES[settingsSource];
	return (
		<p className="provenance">
			<Badge tone={tone}>{words}</Badge>
			{settingsFetchedAt === undefined ? null : (
				<time
					dateTime={new Date(settingsFetchedAt).toISOString()}
					title={atMoment(settingsFetchedAt)}
				>
					{ago(settingsFetchedAt, now)}
				</time>
			)}
		</p>
	);
}
