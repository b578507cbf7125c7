import { useCloud } from "roo-cloud-web/react";

export interface Account {
	/** Names whose answers the cloud gives; null while nobody is signed in. */
	key: string | null;
	/** Whether the cloud can be asked now. */
	canAsk: boolean;
}

export function useAccount(): Account {
	const { authState, online, userInfo } = useCloud(
		({ authState, online, userInfo }) => ({ authState, online, userInfo }),
	);
	return {
		key: userInfo && `${userInfo.id ?? ""}/${userInfo.organizationId ?? ""}`,
		canAsk: authState === "active-session" && online,
	};
}
