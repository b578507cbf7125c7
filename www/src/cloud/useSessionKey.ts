import { useSnapshot } from "./useSnapshot";

/** Names whose answers the cloud gives now; null while it cannot be asked. */
export function useSessionKey(): string | null {
	const { authState, online, userInfo } = useSnapshot();
	return authState === "active-session" && online
		? `${userInfo?.id ?? ""}/${userInfo?.organizationId ?? ""}`
		: null;
}
