import { interactionPolicy } from "./quiet-import.js";

/** When the sign-in page is shown: nobody signed in, or the client asked for it. Consent is given in advance. */
const policy = interactionPolicy.base();
policy.get("consent")?.checks.remove("native_client_prompt");
policy.add(
	new interactionPolicy.Prompt({ name: "select_account", requestable: true }),
	0,
);
policy.add(
	new interactionPolicy.Prompt({ name: "create", requestable: true }),
	0,
);

export const interactions = {
	policy,
	url: (
		/** @type {unknown} */ _ctx,
		/** @type {{ uid: string }} */ interaction,
	) => `/interaction/${interaction.uid}`,
};
