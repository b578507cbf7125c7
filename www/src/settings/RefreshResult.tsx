import type { RefreshOutcome } from "roo-cloud-web";

/** How a refresh ended, in words. */
export function RefreshResult({ outcome }: { outcome: RefreshOutcome }) {
	return (
		<>
			{outcomeInWords(outcome)}
			{outcome.warnings.length > 0 ? (
				<>
					{" "}
					Left out, because they could not be used:
					<ul>
						{outcome.warnings.map((warning) => (
							<li key={warning}>{warning}</li>
						))}
					</ul>
				</>
			) : null}
		</>
	);
}

function outcomeInWords({ source, changed }: RefreshOutcome): string {
	switch (source) {
		case "network":
			return changed
				? "New settings arrived."
				: "The cloud sent its settings: the same as before.";
		case "not-modified":
			return "The cloud says that nothing has changed.";
		case "other-tab":
			return changed
				? "Another tab had just fetched new settings."
				: "Another tab had just asked: nothing has changed.";
	}
}
