// What the host of a webview keeps of the snapshot (HostAdapter.setState), so that the page can show something before there is a client. It lies
// in the open: no token, no secret, and no settings, which may name one.

/** Raised when what lies there would be misread. */
const VERSION = 1;
/** The events after which something of it may be another. */
const CHANGES = /^(auth|user|settings|profile)/;

/** Whose it is: with another cloud or another way in, nothing of it is shown. */
const owner = ({ apiUrl, auth }) =>
	[apiUrl, auth.type, auth.issuer ?? auth.clerkUrl, auth.clientId].join(" ");

/** Has the host keep what `service` knows, where `event` may have changed it. What a host cannot keep is missing next time, and no more. */
export function keep(options, service, event) {
	if (!CHANGES.test(event)) return;
	try {
		if (!options.host?.setState) return;
		const { userInfo, profiles, activeProfile } = service.getSnapshot();
		options.host.setState({
			version: VERSION,
			owner: owner(options),
			userInfo,
			profiles,
			activeProfile,
		});
	} catch {}
}

/** A snapshot of what was kept for a client with these options, if something was. */
export function kept(options) {
	try {
		const state = options.host.getState();
		if (state.version !== VERSION || state.owner !== owner(options)) return;
		const { userInfo, profiles, activeProfile } = state;
		return Object.freeze({
			authState: "initializing",
			userInfo: userInfo ?? null,
			online: globalThis.navigator?.onLine ?? true,
			profiles: Object.freeze([...profiles]),
			...(activeProfile && { activeProfile }),
			queue: Object.freeze({
				queued: 0,
				bytes: 0,
				unstored: 0,
				inFlight: 0,
				delivered: 0,
				dropped: Object.freeze({}),
			}),
		});
	} catch {}
}
