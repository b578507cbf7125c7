import type { CloudEvents } from "roo-cloud-web";
import { authStateInWords } from "../account/authState";
import { explain } from "../failures/explain";
import { syncInWords } from "../profiles/syncInWords";
import type { Tone } from "../ui/Badge";
import { plural } from "../ui/numbers";

export interface EventDescription {
	text: string;
	tone: Tone;
}

type Describers = {
	[E in keyof CloudEvents]: (data: CloudEvents[E]) => EventDescription;
};

const neutral = (text: string): EventDescription => ({ text, tone: "neutral" });
const good = (text: string): EventDescription => ({ text, tone: "good" });
const warn = (text: string): EventDescription => ({ text, tone: "warn" });
const bad = (text: string): EventDescription => ({ text, tone: "bad" });

const DESCRIBERS: Describers = {
	"auth-state-changed": ({ state, cause }) => {
		const why = cause ? ` (${cause})` : "";
		const text = `${authStateInWords(state)}${why}`;
		return state === "active-session" ? good(text) : neutral(text);
	},
	"user-info": ({ userInfo }) =>
		neutral(
			userInfo
				? `This is ${userInfo.name ?? userInfo.email ?? "someone without a name"}`
				: "Nobody is signed in",
		),
	"settings-updated": ({ organization, user, warnings }) => {
		const whose = [organization && "organization", user && "user"]
			.filter(Boolean)
			.join(" and ");
		return warnings.length > 0
			? warn(
					`New ${whose} settings, ${plural(warnings.length, "entry", "entries")} left out`,
				)
			: good(`New ${whose} settings`);
	},
	"profiles-changed": (result) => good(syncInWords(result)),
	"profile-activated": ({ name }) => neutral(`“${name}” is the active profile`),
	"task-shared": ({ isNewShare, copied }) =>
		good(
			`${isNewShare === false ? "Task was shared before" : "Task shared"}, link ${copied ? "copied" : "not copied"}`,
		),
	"task-event": ({ name, category }) => neutral(`${name} (${category})`),
	"queue-changed": ({ queued, delivered }) =>
		neutral(`${plural(queued, "event")} waiting, ${delivered} delivered`),
	"connection-changed": ({ online }) =>
		online ? good("The cloud is reachable") : warn("The cloud is out of reach"),
	"background-error": (error) => bad(explain(error).what),
};

export function describeEvent<E extends keyof CloudEvents>(
	kind: E,
	data: CloudEvents[E],
): EventDescription {
	return DESCRIBERS[kind](data);
}
