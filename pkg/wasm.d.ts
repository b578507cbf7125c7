/**
 * The file of the module. What importing it gives is the bundler's to say: the file's address with esbuild's loader `file`, webpack's
 * `asset/resource` and `@rollup/plugin-url`. In Vite, import `roo-cloud-web/wasm?url`.
 * ```ts
 * import init from "roo-cloud-web";
 * import url from "roo-cloud-web/wasm";
 * await init(url);
 * ```
 */
declare const url: string;
export default url;
