import type { AuthState } from "roo-cloud-web";

const WORDS: Readonly<Record<AuthState, string>> = {
	initializing: "Starting",
	"logged-out": "Signed out",
	"attempting-session": "Opening a session",
	"active-session": "Session open",
	"inactive-session": "Signed in, session waiting for the cloud",
};

export function authStateInWords(state: AuthState): string {
	return WORDS[state];
}
