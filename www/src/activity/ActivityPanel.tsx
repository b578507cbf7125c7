import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Panel } from "../ui/Panel";
import { ScrollRegion } from "../ui/ScrollRegion";
import { atClock } from "../ui/time";
import { CaptureButtons } from "./CaptureButtons";
import { clearFeed } from "./feed";
import { useFeed } from "./useFeed";

/** What the client tells of itself, as it happens. */
export function ActivityPanel() {
	const entries = useFeed();
	return (
		<Panel
			title="Activity"
			actions={
				<Button variant="quiet" onClick={clearFeed}>
					Clear
				</Button>
			}
		>
			<CaptureButtons />
			<ScrollRegion className="feed" label="Client events">
				{entries.length === 0 ? (
					<p className="empty">Nothing has happened yet.</p>
				) : (
					<ol>
						{entries.map((entry) => (
							<li key={entry.id}>
								<time dateTime={new Date(entry.at).toISOString()}>
									{atClock(entry.at)}
								</time>
								<Badge tone={entry.tone}>{entry.kind}</Badge>
								<span>
									{entry.text}
									{entry.times > 1 ? (
										<span className="hint"> ×{entry.times}</span>
									) : null}
								</span>
							</li>
						))}
					</ol>
				)}
			</ScrollRegion>
		</Panel>
	);
}
