import { useState } from "react";
import { useCloud } from "roo-cloud-web/react";
import { SignIn } from "../account/SignIn";
import { ActivityPanel } from "../activity/ActivityPanel";
import { QueuePanel } from "../activity/QueuePanel";
import { CapabilitiesPanel } from "../capabilities/CapabilitiesPanel";
import type { SyncMode } from "../cloud/syncMode";
import { FailureNotice } from "../failures/FailureNotice";
import { ProfilesPanel } from "../profiles/ProfilesPanel";
import { SettingsPanel } from "../settings/SettingsPanel";
import { SharePanel } from "../share/SharePanel";
import { UsagePanel } from "../usage/UsagePanel";
import { BackgroundFailure } from "./BackgroundFailure";
import { CacheBanner } from "./CacheBanner";
import { Header } from "./Header";

interface Props {
	apiUrl: string;
	syncMode: SyncMode;
	callbackFailure: unknown;
}

export function Dashboard({ apiUrl, syncMode, callbackFailure }: Props) {
	const authState = useCloud((snapshot) => snapshot.authState);
	const [dismissed, setDismissed] = useState<unknown>();
	const signInFailure =
		callbackFailure === dismissed ? undefined : callbackFailure;

	if (authState === "logged-out" || authState === "initializing") {
		return <SignIn callbackFailure={signInFailure} />;
	}
	return (
		<>
			<a className="skip" href="#content">
				Skip to the content
			</a>
			<Header />
			<main id="content" className="page" tabIndex={-1}>
				<div className="notices">
					<CacheBanner />
					<FailureNotice
						error={signInFailure}
						attempt="Sign-in"
						onDismiss={() => setDismissed(callbackFailure)}
					/>
					<BackgroundFailure />
				</div>
				<div className="columns">
					<div className="column">
						<ProfilesPanel syncMode={syncMode} />
						<UsagePanel />
						<ActivityPanel />
					</div>
					<div className="column">
						<SettingsPanel />
						<SharePanel />
						<QueuePanel apiUrl={apiUrl} />
						<CapabilitiesPanel />
					</div>
				</div>
			</main>
		</>
	);
}
