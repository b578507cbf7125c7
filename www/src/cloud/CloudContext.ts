import { createContext } from "react";
import type { CloudService } from "roo-cloud-web";

export const CloudContext = createContext<CloudService | null>(null);
