import { CloudError } from "roo-cloud-web";
import { ConfigUnavailable } from "../cloud/config";
import { inDuration } from "../ui/time";
import { EXPLANATIONS, type Explanation } from "./explanations";

export interface ExplainedFailure extends Explanation {
	/** The stable name, for reports. */
	code: string;
	/** What the program says of it; it holds no secret. */
	detail: string | undefined;
	/** The same attempt may work later. */
	retryable: boolean;
}

/** Any failure, known or not, in words. */
export function explain(error: unknown): ExplainedFailure {
	if (CloudError.is(error)) {
		const { next, ...rest } = EXPLANATIONS[error.code];
		const wait =
			error.retryAfterMs === undefined
				? ""
				: ` It asks to wait ${inDuration(error.retryAfterMs)}.`;
		return {
			...rest,
			next: next + wait,
			code: error.code,
			detail: error.message || undefined,
			retryable: error.retryable,
		};
	}
	if (error instanceof ConfigUnavailable) {
		return {
			what: "The dashboard could not learn where its cloud is.",
			intact: EXPLANATIONS.LOAD_FAILED.intact,
			next: "Check that the server of this page is running, then try again.",
			code: "CONFIG_UNAVAILABLE",
			detail: error.message,
			retryable: true,
		};
	}
	return {
		...EXPLANATIONS.INTERNAL,
		code: "UNKNOWN",
		detail: error instanceof Error ? error.message : undefined,
		retryable: false,
	};
}
