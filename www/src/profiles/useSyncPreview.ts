import { useMemo } from "react";
import type { ProfileSyncResult } from "roo-cloud-web";
import { useCloud } from "roo-cloud-web/react";
import { useService } from "../cloud/useService";

interface Preview {
	result?: ProfileSyncResult;
	error?: unknown;
}

/** What a sync would do now; worked out again when profiles or settings change. */
export function useSyncPreview(): Preview {
	const cloud = useService();
	const { profiles, organizationSettings } = useCloud(
		({ profiles, organizationSettings }) => ({
			profiles,
			organizationSettings,
		}),
	);
	// biome-ignore lint/correctness/useExhaustiveDependencies: the client reads both of these itself.
	return useMemo(() => {
		try {
			return { result: cloud.previewProfileSync() };
		} catch (error) {
			return { error };
		}
	}, [cloud, profiles, organizationSettings]);
}
