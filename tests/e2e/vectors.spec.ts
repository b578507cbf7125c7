import { expect, test } from "@playwright/test";
import { serve } from "../bench/server.js";

let server: Awaited<ReturnType<typeof serve>>;
test.beforeAll(async () => {
	server = await serve();
});
test.afterAll(() => server.close());

for (const kind of ["merge", "settings", "events", "allow"]) {
	test(`in a page, the package answers ${kind}.json as the reference does`, async ({
		page,
	}) => {
		await page.goto(server.origin);
		const differences = await page.evaluate(async (kind) => {
			// Paths of the page's server, nothing that TypeScript could find.
			const [pkg, reference] = ["/pkg", "/tests/reference"];
			const face = await import(`${pkg}/index.js`);
			const { replay } = await import(`${reference}/replay.js`);
			await face.default();
			const vectors = await fetch(`${reference}/vectors/${kind}.json`);
			return replay(face, kind, await vectors.json()) as string[];
		}, kind);
		expect(differences).toEqual([]);
	});
}
