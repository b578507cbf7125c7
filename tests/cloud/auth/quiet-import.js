/**
 * oidc-provider says on the console that it wants Node 22; it runs on Node 20 (this package's tests are the proof). The
 * console is stdout's too, where main.js promises a single line of JSON, so its notices are kept off it.
 */
const { info, warn } = console;
console.info = console.warn = () => {};
export const { Provider, errors, interactionPolicy } = await import(
	"oidc-provider"
);
Object.assign(console, { info, warn });
