import { useState } from "react";
import type { CloudError } from "roo-cloud-web";
import { useCloud } from "roo-cloud-web/react";
import { FailureNotice } from "../failures/FailureNotice";

/** What went wrong without anybody asking for it, until it is dismissed. */
export function BackgroundFailure() {
	const { lastError, online, authState } = useCloud(
		({ lastError, online, authState }) => ({ lastError, online, authState }),
	);
	const [dismissed, setDismissed] = useState<CloudError>();
	const toldByBanner =
		(!online || authState === "inactive-session") &&
		lastError?.category === "api";
	if (!lastError || lastError === dismissed || toldByBanner) {
		return null;
	}
	return (
		<FailureNotice
			error={lastError}
			attempt="In the background"
			onDismiss={() => setDismissed(lastError)}
		/>
	);
}
