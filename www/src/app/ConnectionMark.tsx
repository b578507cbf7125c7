import { useCloud } from "roo-cloud-web/react";
import { authStateInWords } from "../account/authState";

/** Whether the cloud answers, and how the session stands. */
export function ConnectionMark() {
	const { online, authState } = useCloud(({ online, authState }) => ({
		online,
		authState,
	}));
	const open = online && authState === "active-session";
	return (
		<p className={`connection ${open ? "connection-open" : ""}`} role="status">
			<span className="connection-dot" aria-hidden="true" />
			{online ? authStateInWords(authState) : "Cloud out of reach"}
		</p>
	);
}
