import type { CloudService } from "roo-cloud-web";
import { useCloudService } from "roo-cloud-web/react";

/** The client to call; the app renders what asks for it only once it is there. */
export function useService(): CloudService {
	const service = useCloudService();
	if (!service) {
		throw new Error("useService before the client is there");
	}
	return service;
}
