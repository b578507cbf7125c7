import type { CloudErrorCode } from "roo-cloud-web";

/** A failure in the words of the person who meets it. */
export interface Explanation {
	/** What happened. */
	what: string;
	/** What stayed as it was. */
	intact: string;
	/** What to do now. */
	next: string;
}

const SIGNED_IN_AS_BEFORE = "If you were signed in before, you still are.";
const NOTHING_CHANGED = "Nothing was changed.";
const WORK_FROM_CACHE =
	"You are still signed in, and the settings and profiles you have stay in use.";

/** One entry per code; the type makes a forgotten one a compile error. */
export const EXPLANATIONS: Readonly<Record<CloudErrorCode, Explanation>> = {
	TOKEN_EXPIRED: {
		what: "Your sign-in has ended.",
		intact: "Your local profiles are kept for when you return.",
		next: "Sign in again.",
	},
	INVALID_CREDENTIALS: {
		what: "The cloud did not accept this sign-in.",
		intact: "Your local profiles are kept.",
		next: "Sign in again. If it happens once more, ask the administrator of your organization.",
	},
	NOT_AUTHENTICATED: {
		what: "This needs a signed-in account.",
		intact: NOTHING_CHANGED,
		next: "Sign in, then try again.",
	},
	CALLBACK_INVALID: {
		what: "The answer of the sign-in page was not one we can trust.",
		intact: SIGNED_IN_AS_BEFORE,
		next: "Start the sign-in again from here.",
	},
	STATE_MISMATCH: {
		what: "This address answers a sign-in that was not started in this browser.",
		intact: SIGNED_IN_AS_BEFORE,
		next: "If you did start one, start it again from here. If not, close the page that sent you.",
	},
	STATE_EXPIRED: {
		what: "The sign-in took longer than 15 minutes, so its answer no longer counts.",
		intact: SIGNED_IN_AS_BEFORE,
		next: "Start the sign-in again.",
	},
	ACCESS_DENIED: {
		what: "The sign-in was declined on the sign-in page.",
		intact: SIGNED_IN_AS_BEFORE,
		next: "Sign in again and allow access, or choose another account.",
	},
	POPUP_BLOCKED: {
		what: "The browser did not let the sign-in window open.",
		intact: NOTHING_CHANGED,
		next: "Allow popups for this page, or sign in without a popup.",
	},
	LOGIN_CANCELLED: {
		what: "The sign-in was cancelled.",
		intact: SIGNED_IN_AS_BEFORE,
		next: "Sign in whenever you like.",
	},
	UNSUPPORTED_BY_AUTH: {
		what: "This way of signing in cannot do that.",
		intact: NOTHING_CHANGED,
		next: "Sign in another way to use it.",
	},
	NETWORK: {
		what: "The cloud cannot be reached.",
		intact: WORK_FROM_CACHE,
		next: "Check the connection. The client goes on trying by itself.",
	},
	TIMEOUT: {
		what: "The cloud took too long to answer.",
		intact: WORK_FROM_CACHE,
		next: "Try again in a moment.",
	},
	ABORTED: {
		what: "You stopped this before it was done.",
		intact: "Nothing more is sent. What the cloud had already done stands.",
		next: "Start it again if you still want it.",
	},
	RATE_LIMITED: {
		what: "The cloud asks for fewer requests.",
		intact: WORK_FROM_CACHE,
		next: "Wait a little; the client does so too.",
	},
	SERVER: {
		what: "The cloud had a fault of its own.",
		intact: WORK_FROM_CACHE,
		next: "Try again in a few minutes.",
	},
	FORBIDDEN: {
		what: "Your role or organization does not permit this.",
		intact: NOTHING_CHANGED,
		next: "Ask an administrator of the organization.",
	},
	NOT_FOUND: {
		what: "It does not exist any more.",
		intact: "Everything else is as it was.",
		next: "Refresh to see what there is now.",
	},
	TASK_NOT_FOUND: {
		what: "The cloud does not know this task, even after its messages were sent.",
		intact: "Nothing was shared.",
		next: "Check the task id, or share a task that has messages.",
	},
	INVALID_RESPONSE: {
		what: "The answer was not what the cloud promises; something between may have changed it.",
		intact: "It was thrown away, and what you had stays.",
		next: "Try again. On a public network, sign in to that network first.",
	},
	CONFLICT: {
		what: "Someone else changed the same settings at the same moment, twice.",
		intact: "Their change stands; yours was not written.",
		next: "Look at the values now, and change them again if you still want to.",
	},
	CORRUPT_DATA: {
		what: "Something stored in this browser could not be read.",
		intact: "It was set aside; the rest is untouched.",
		next: "Sign in again to fetch what belongs to the cloud.",
	},
	VERSION_MISMATCH: {
		what: "A newer version of this program has stored data here.",
		intact: "That data is only read, and never overwritten.",
		next: "Reload the page to get the newer version.",
	},
	STORAGE_UNAVAILABLE: {
		what: "The browser does not let this page store anything.",
		intact: "Everything works until you close the page.",
		next: "Allow storage for this page to stay signed in.",
	},
	STORAGE_FULL: {
		what: "The browser has no room left for this page.",
		intact: "What was stored before is whole.",
		next: "Free some space, then do it again.",
	},
	CRYPTO_UNAVAILABLE: {
		what: "The browser offers no encryption here, so nothing secret is stored.",
		intact: "Nothing was written in the clear.",
		next: "Open the page over https or on localhost.",
	},
	CLIPBOARD_DENIED: {
		what: "The browser did not let the link be copied.",
		intact: "The share exists and its link works.",
		next: "Copy the link by hand.",
	},
	HOST_UNAVAILABLE: {
		what: "The editor around this page does not answer.",
		intact: NOTHING_CHANGED,
		next: "Reload the window of the editor.",
	},
	LOAD_FAILED: {
		what: "The program behind this page could not be loaded.",
		intact: "What is stored in this browser is untouched.",
		next: "Check the connection and try again.",
	},
	CONFIG: {
		what: "This dashboard is set up in a way that cannot work.",
		intact: "No request was made.",
		next: "Tell whoever runs it; the detail below names the setting.",
	},
	NOT_INITIALIZED: {
		what: "The program was asked for something before it was ready.",
		intact: NOTHING_CHANGED,
		next: "Reload the page.",
	},
	ALREADY_CREATED: {
		what: "The program was started twice.",
		intact: "The first start goes on working.",
		next: "Reload the page.",
	},
	DISPOSED: {
		what: "The program was stopped while this was under way.",
		intact: "What is queued is kept.",
		next: "Try again.",
	},
	INVALID_EVENT: {
		what: "This event does not have the shape the cloud takes.",
		intact: "It was refused here; nothing was queued or sent.",
		next: "The detail below names the property at fault.",
	},
	INVALID_ARGUMENT: {
		what: "One of the values given cannot be used.",
		intact: NOTHING_CHANGED,
		next: "The detail below says which; change it and try again.",
	},
	INTERNAL: {
		what: "The program has a fault.",
		intact: "What is stored in this browser is untouched.",
		next: "Reload the page, and report what you did.",
	},
};
