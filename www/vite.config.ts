import react from "@vitejs/plugin-react";
import { defineConfig, loadEnv, type Plugin } from "vite";

/**
 * What the built page may do. `'wasm-unsafe-eval'` lets WebAssembly compile and
 * nothing else; the cloud is https, or a loopback host while developing.
 */
const CONTENT_SECURITY_POLICY = [
	"default-src 'none'",
	"script-src 'self' 'wasm-unsafe-eval'",
	"style-src 'self'",
	"img-src 'self' data: https: http://127.0.0.1:* http://localhost:*",
	"connect-src 'self' https: http://127.0.0.1:* http://localhost:* http://*.localhost:*",
	"base-uri 'none'",
	"form-action 'none'",
].join("; ");

/** Only in the build: the development server injects styles inline. */
function contentSecurityPolicy(): Plugin {
	return {
		name: "content-security-policy",
		apply: "build",
		transformIndexHtml: () => [
			{
				tag: "meta",
				attrs: {
					"http-equiv": "Content-Security-Policy",
					content: CONTENT_SECURITY_POLICY,
				},
				injectTo: "head-prepend",
			},
		],
	};
}

export default defineConfig(({ mode }) => {
	// Where the development cloud listens, which has the `/config.json`.
	const { CLOUD_ORIGIN = "http://127.0.0.1:4180" } = loadEnv(
		mode,
		".",
		"CLOUD_",
	);
	const proxy = { "/config.json": CLOUD_ORIGIN };
	return {
		plugins: [react(), contentSecurityPolicy()],
		// The package is a link to a folder that has no React of its own.
		resolve: { dedupe: ["react"] },
		build: {
			target: "es2023",
			// A data: url would need a wider policy, and hides what a page loads.
			assetsInlineLimit: 0,
		},
		// The package lies beside this folder, as npm links it.
		server: { host: "127.0.0.1", fs: { allow: [".."] }, proxy },
		preview: { host: "127.0.0.1", proxy },
	};
});
