/**
 * Who is signed in to the cloud in this browser. The authorization server's cookie comes to the API's port as well: cookies
 * know hosts, not ports.
 * @param {import("oidc-provider").Provider} provider
 * @param {import("../http/exchange.js").Exchange} exchange
 * @returns {Promise<string | undefined>} the person's id
 */
export async function signedInPerson(provider, { request, response }) {
	const session = await provider.Session.get(
		/** @type {any} */ ({ req: request, res: response, secure: false }),
	);
	return /** @type {any} */ (session).accountId;
}
