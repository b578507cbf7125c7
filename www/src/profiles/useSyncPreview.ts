import { useMemo } from "react";
import type { ProfileSyncResult } from "roo-cloud-web";
import { useCloud } from "../cloud/useCloud";
import { useSnapshot } from "../cloud/useSnapshot";

interface Preview {
	result?: ProfileSyncResult;
	error?: unknown;
}

/** What a sync would do now; worked out again when profiles or settings change. */
export function useSyncPreview(): Preview {
	const cloud = useCloud();
	const { profiles, organizationSettings } = useSnapshot();
	// biome-ignore lint/correctness/useExhaustiveDependencies: the client reads both of these itself.
	return useMemo(() => {
		try {
			return { result: cloud.previewProfileSync() };
		} catch (error) {
			return { error };
		}
	}, [cloud, profiles, organizationSettings]);
}
