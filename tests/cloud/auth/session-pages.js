import { html, page, trusted } from "../pages/page.js";

/**
 * Asks whether to sign out of the cloud in this browser.
 * @param {any} ctx
 * @param {string} form oidc-provider's, with the anti-forgery token; its id is `op.logoutForm`
 */
export async function signOutPage(ctx, form) {
	ctx.body = page(
		"Sign out",
		html`<h1>Sign out of Roo Cloud in this browser?</h1>
      ${trusted(form)}
      <button class="first" autofocus type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>
      <button type="submit" form="op.logoutForm">Stay signed in</button>`,
		{ narrow: true },
	);
}

/** @param {any} ctx */
export async function signedOutPage(ctx) {
	ctx.body = page(
		"Signed out",
		html`<h1>You are signed out</h1><p>You can close this page.</p>`,
		{ narrow: true },
	);
}

/**
 * A request to the authorization server that cannot be sent back to its client.
 * @param {any} ctx
 * @param {{ error: string, error_description?: string }} out
 */
export async function errorPage(ctx, out) {
	ctx.type = "html";
	ctx.body = page(
		"Sign-in failed",
		html`<h1>This sign-in cannot go on</h1><p>${out.error_description ?? out.error}</p><p class="quiet">Error: ${out.error}</p>`,
		{ narrow: true },
	);
}
