export default {
	entryPoints: ["main.js", "worker.js", "service-worker.js"],
	bundle: true,
	format: "esm",
	loader: { ".wasm": "file" },
	outdir: "dist",
};
