import { CloudProvider } from "roo-cloud-web/react";
import { startSession } from "../cloud/session";
import { useSession } from "../cloud/useSession";
import { FailureNotice } from "../failures/FailureNotice";
import { Dashboard } from "./Dashboard";
import { PlainScreen } from "./PlainScreen";

const STEPS = {
	configuration: "Looking for the cloud…",
	module: "Loading…",
	"sign-in": "Finishing the sign-in…",
} as const;

export function App() {
	const session = useSession();
	switch (session.phase) {
		case "starting":
			return (
				<PlainScreen>
					<p className="starting" role="status">
						<span className="spinner" aria-hidden="true" />
						{STEPS[session.step]}
					</p>
				</PlainScreen>
			);
		case "failed":
			return (
				<PlainScreen>
					<FailureNotice
						error={session.error}
						attempt="The dashboard did not start"
						onRetry={startSession}
					/>
				</PlainScreen>
			);
		case "ready":
			return (
				<CloudProvider cloud={session.cloud}>
					<Dashboard
						apiUrl={session.apiUrl}
						syncMode={session.syncMode}
						callbackFailure={session.callbackFailure}
					/>
				</CloudProvider>
			);
	}
}
