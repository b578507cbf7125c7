// Put before the extension: names under localhost are this machine, as they are to browsers; Debian's resolver does not know it.

const dns = require("node:dns");

const { lookup } = dns;
dns.lookup = (name, ...rest) =>
	lookup(name.endsWith(".localhost") ? "127.0.0.1" : name, ...rest);
