import { useCloud } from "roo-cloud-web/react";

/** Names whose answers the cloud gives now; null while it cannot be asked. */
export function useSessionKey(): string | null {
	const { authState, online, userInfo } = useCloud(
		({ authState, online, userInfo }) => ({ authState, online, userInfo }),
	);
	return authState === "active-session" && online
		? `${userInfo?.id ?? ""}/${userInfo?.organizationId ?? ""}`
		: null;
}
