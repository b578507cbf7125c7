// The page's own parser of urls.

/** href, scheme, origin, host name, path, query, fragment, and user name and password in one; undefined for what is no absolute url. */
export function urlParts(text) {
	try {
		const url = new URL(text);
		const { href, origin, hostname, pathname } = url;
		const [scheme, query, fragment] = [
			url.protocol.slice(0, -1),
			url.search.slice(1),
			url.hash.slice(1),
		];
		const user = url.username + url.password;
		return [href, scheme, origin, hostname, pathname, query, fragment, user];
	} catch {
		return undefined;
	}
}
