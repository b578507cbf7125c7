const LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"];

/** Paths on which a page of a loopback host, on any port (RFC 8252, 7.3), may take the answer to a sign-in. */
const CALLBACK_PATHS = [
	"/",
	"/callback",
	"/callback.html",
	"/index.html",
	"/auth/callback",
	"/popup",
	"/popup.html",
];

/** The path inside VS Code: `<scheme>://<publisher>.<name>/auth`. */
const CUSTOM_SCHEME_CALLBACKS = ["vscode", "vscode-insiders", "code-oss"].map(
	(scheme) => `${scheme}://roo-cloud-web.roo-cloud-web/auth`,
);

/**
 * Whether `uri` is where an editor in a browser (code-server) receives answers for the extension: on a loopback host, and another address for each
 * sign-in, since it names the request.
 * @param {string} uri
 */
export function isEditorCallback(uri) {
	if (!URL.canParse(uri)) return false;
	const { protocol, hostname, pathname, searchParams } = new URL(uri);
	return (
		protocol === "http:" &&
		LOOPBACK_HOSTS.includes(hostname) &&
		pathname.endsWith("/callback") &&
		/^\d+$/.test(searchParams.get("vscode-reqid") ?? "") &&
		searchParams.get("vscode-authority") === "roo-cloud-web.roo-cloud-web" &&
		searchParams.get("vscode-path") === "/auth"
	);
}

/** The public client that the package and the dashboard are. */
export const CLIENT_ID = "roo-cloud-web";

/** The cloud's own pages, which only want to know who is there. */
export const PAGES_CLIENT_ID = "roo-cloud-pages";

/**
 * @param {string[]} moreRedirectUris
 * @returns {import("oidc-provider").ClientMetadata[]}
 */
export function clients(moreRedirectUris) {
	const loopback = (/** @type {string[]} */ paths) =>
		LOOPBACK_HOSTS.flatMap((host) =>
			paths.map((path) => `http://${host}${path}`),
		);
	return [
		{
			client_id: CLIENT_ID,
			client_name: "Roo Cloud dashboard",
			application_type: "native",
			token_endpoint_auth_method: "none",
			grant_types: ["authorization_code", "refresh_token"],
			response_types: ["code"],
			id_token_signed_response_alg: "ES256",
			redirect_uris: [
				...loopback(CALLBACK_PATHS),
				...CUSTOM_SCHEME_CALLBACKS,
				...moreRedirectUris,
			],
			post_logout_redirect_uris: loopback(["/", "/index.html"]),
		},
		{
			client_id: PAGES_CLIENT_ID,
			client_name: "Roo Cloud",
			application_type: "native",
			token_endpoint_auth_method: "none",
			grant_types: [],
			response_types: ["none"],
			id_token_signed_response_alg: "ES256",
			redirect_uris: loopback(["/signed-in"]),
		},
	];
}
