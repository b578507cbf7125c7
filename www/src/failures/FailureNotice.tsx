import { Button } from "../ui/Button";
import { explain } from "./explain";

interface Props {
	/** Nothing is shown while it is undefined. */
	error: unknown;
	/** What was being tried, as the start of a sentence: "Could not share". */
	attempt?: string;
	onRetry?: () => void;
	onDismiss?: () => void;
}

/** A failure in words: what happened, what stayed intact, what to do. */
export function FailureNotice({ error, attempt, onRetry, onDismiss }: Props) {
	if (error === undefined) {
		return null;
	}
	const failure = explain(error);
	return (
		<div className="notice notice-bad" role="alert">
			<p className="notice-title">
				{attempt ? `${attempt}: ` : ""}
				{failure.what}
			</p>
			<p>
				{failure.intact} {failure.next}
			</p>
			<p className="notice-detail">
				<code>{failure.code}</code>
				{failure.detail && failure.detail !== failure.code
					? ` ${failure.detail}`
					: ""}
			</p>
			{(onRetry && failure.retryable) || onDismiss ? (
				<div className="notice-actions">
					{onRetry && failure.retryable ? (
						<Button onClick={onRetry}>Try again</Button>
					) : null}
					{onDismiss ? (
						<Button variant="quiet" onClick={onDismiss}>
							Dismiss
						</Button>
					) : null}
				</div>
			) : null}
		</div>
	);
}
