import { useSyncExternalStore } from "react";
import { type FeedEntry, readFeed, subscribeFeed } from "./feed";

export function useFeed(): readonly FeedEntry[] {
	return useSyncExternalStore(subscribeFeed, readFeed);
}
