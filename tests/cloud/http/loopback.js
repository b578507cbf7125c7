/**
 * Who may talk to the development cloud. It listens on loopback only, and it answers only requests that name a loopback
 * host: a page of a foreign site that points its own name at 127.0.0.1 (DNS rebinding) is refused.
 */

const LOOPBACK_NAMES = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** @param {string} hostname as `URL.hostname` gives it */
export function isLoopbackHostname(hostname) {
	return LOOPBACK_NAMES.has(hostname) || hostname.endsWith(".localhost");
}

/** @param {string | undefined} host the value of a Host header */
export function isLoopbackHost(host) {
	if (!host) return false;
	const url = safeUrl(`http://${host}`);
	return (
		url !== null &&
		url.host === host.toLowerCase().replace(/:80$/, "") &&
		isLoopbackHostname(url.hostname)
	);
}

/**
 * Origins whose pages may read answers: any port of loopback, and VS Code's webviews, whose origin is a new
 * `vscode-webview://<id>` each time.
 * @param {string | undefined} origin the value of an Origin header
 */
export function isAllowedOrigin(origin) {
	if (!origin) return false;
	if (/^vscode-webview:\/\/[\w-]+$/.test(origin)) return true;
	const url = safeUrl(origin);
	return (
		url !== null &&
		/^https?:$/.test(url.protocol) &&
		url.origin === origin &&
		isLoopbackHostname(url.hostname)
	);
}

/** @param {string} text */
function safeUrl(text) {
	try {
		return new URL(text);
	} catch {
		return null;
	}
}
