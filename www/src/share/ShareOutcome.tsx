import { useEffect, useRef } from "react";
import type { ShareResult } from "roo-cloud-web";
import { useAction } from "../cloud/useAction";
import { EXPLANATIONS } from "../failures/explanations";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { atMoment } from "../ui/time";

/** The link, and whether it is in the clipboard already. */
export function ShareOutcome({ result }: { result: ShareResult | undefined }) {
	return (
		<output className="share-outcome">
			{result ? <Outcome result={result} /> : null}
		</output>
	);
}

function Outcome({ result }: { result: ShareResult }) {
	const { shareUrl, manageUrl, expiresAt, isNewShare } = result;
	const copy = useAction(() => navigator.clipboard.writeText(shareUrl));
	const link = useRef<HTMLInputElement>(null);
	// The button that had the focus is gone; the link is what was asked for.
	useEffect(() => link.current?.select(), []);
	const copied = result.copied || copy.done;
	return (
		<div className="notice notice-good">
			<p className="notice-title">
				{isNewShare === false ? "It was shared before." : "It is shared."}{" "}
				{copied ? "The link is in the clipboard." : "The link was not copied."}
			</p>
			{copied ? null : <p>{whyNotCopied(result)}</p>}
			<Field
				ref={link}
				label="Link"
				readOnly
				value={shareUrl}
				onFocus={(event) => event.target.select()}
			/>
			<p className="links">
				{copied ? null : (
					<Button busy={copy.pending} onClick={() => copy.run()}>
						Copy the link
					</Button>
				)}
				<a href={shareUrl} target="_blank" rel="noreferrer">
					Open the shared task
				</a>
				{manageUrl ? (
					<a href={manageUrl} target="_blank" rel="noreferrer">
						Manage the share
					</a>
				) : null}
			</p>
			<p className="hint">
				{expiresAt === undefined
					? "It does not expire."
					: `It works until ${atMoment(expiresAt)}.`}
			</p>
		</div>
	);
}

function whyNotCopied({ copyFailure }: ShareResult): string {
	const { what, intact, next } =
		EXPLANATIONS[copyFailure ?? "CLIPBOARD_DENIED"];
	return [what, intact, next].filter(Boolean).join(" ");
}
