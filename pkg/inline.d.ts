/**
 * `roo-cloud-web` with the module's bytes inside: nothing is fetched, so no server, no bundler setting and no `connect-src` is needed for it. For
 * VS Code webviews, single files and Node. It is about a third larger than the module beside it, and cannot be compiled while it arrives.
 * ```ts
 * import { CloudService } from "roo-cloud-web/inline";
 * const cloud = await CloudService.createInstance({ apiUrl: "https://app.roocode.com", auth: { type: "token", token: "…" } });
 * console.log(cloud.getAuthState());
 * ```
 */
export * from "./index.js";
export { default } from "./index.js";
