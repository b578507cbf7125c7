import { use } from "react";
import type { CloudService } from "roo-cloud-web";
import { CloudContext } from "./CloudContext";

/** The client; only inside `CloudContext`. */
export function useCloud(): CloudService {
	const cloud = use(CloudContext);
	if (!cloud) {
		throw new Error("useCloud outside of CloudContext");
	}
	return cloud;
}
