import { nodeResolve } from "@rollup/plugin-node-resolve";

export default {
	input: ["main.js", "worker.js", "service-worker.js"],
	output: { dir: "dist" },
	plugins: [nodeResolve()],
};
