// For the service worker alone: Vite finds pages and web workers, and is told of service workers, whose address must not change.
export default {
	build: {
		rolldownOptions: {
			input: ["index.html", "service-worker.js"],
			output: {
				entryFileNames: ({ name }) =>
					name === "service-worker" ? "[name].js" : "assets/[name]-[hash].js",
			},
		},
	},
};
