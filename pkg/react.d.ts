/**
 * `roo-cloud-web` in React 18 and 19: safe in StrictMode, in concurrent rendering and on a server.
 *
 * A realm has one client, and React may mount twice or render on a server: so make the client outside of components, and give the
 * provider its promise.
 * ```tsx
 * import { CloudService } from "roo-cloud-web";
 * import { CloudProvider, useCloud, useCloudService } from "roo-cloud-web/react";
 *
 * const cloud =
 * 	typeof window === "undefined"
 * 		? undefined // on the server: the page renders as it does before the client is there
 * 		: CloudService.createInstance({ apiUrl: "https://app.roocode.com", auth: { type: "token", token: "…" } });
 *
 * function Greeting() {
 * 	const name = useCloud((snapshot) => snapshot.userInfo?.name);
 * 	const service = useCloudService();
 * 	return name ? <p>Hello {name}</p> : <button disabled={!service} onClick={() => service?.login({ mode: "popup" })}>Sign in</button>;
 * }
 *
 * export const Page = () => (
 * 	<CloudProvider cloud={cloud}>
 * 		<Greeting />
 * 	</CloudProvider>
 * );
 * ```
 */

import type { ReactElement, ReactNode } from "react";
import type { CloudService, CloudSnapshot } from "./index.js";

/** What `CloudProvider` takes. */
export interface CloudProviderProps {
	/** The client, the promise of it, or nothing yet. Give the same promise at each render: one made in a component is a new one each time. */
	cloud: CloudService | PromiseLike<CloudService> | null | undefined;
	/** What is rendered until the client is there, as `CloudService.keptSnapshot` gives it; a client that has just begun where it is left out. */
	initial?: CloudSnapshot | undefined;
	children?: ReactNode;
}

/**
 * Gives everything below it the client. A promise that fails is thrown while rendering, for the next error boundary. It never disposes of
 * the client: that belongs to whoever made it.
 * ```tsx
 * import { CloudProvider } from "roo-cloud-web/react";
 * export const page = <CloudProvider cloud={cloud}>…</CloudProvider>;
 * ```
 */
export function CloudProvider(props: CloudProviderProps): ReactElement;

/**
 * The client to call, undefined while it is not there yet. Throws outside of a `CloudProvider`.
 * ```tsx
 * import { useCloudService } from "roo-cloud-web/react";
 * export function SignOut() {
 * 	const service = useCloudService();
 * 	return <button disabled={!service} onClick={() => service?.logout()}>Sign out</button>;
 * }
 * ```
 */
export function useCloudService(): CloudService | undefined;

/**
 * The snapshot; renders again when anything in it changed. Before the client is there, and on a server, it is that of a client that
 * has just begun: `initializing`, nobody signed in, no profiles. Throws outside of a `CloudProvider`.
 * ```tsx
 * import { useCloud } from "roo-cloud-web/react";
 * export function State() {
 * 	const { authState, online } = useCloud();
 * 	return <p>{online ? authState : "offline"}</p>;
 * }
 * ```
 */
export function useCloud(): CloudSnapshot;
/**
 * A part of the snapshot; renders again only when that part changed. The selector may be written in place and may make a new object or list
 * each time: members are compared one by one, unless `isEqual` does it otherwise.
 * ```tsx
 * import { useCloud } from "roo-cloud-web/react";
 * export function Names() {
 * 	const names = useCloud((snapshot) => snapshot.profiles.map((profile) => profile.name));
 * 	return <ul>{names.map((name) => <li key={name}>{name}</li>)}</ul>;
 * }
 * ```
 */
export function useCloud<Selection>(
	selector: (snapshot: CloudSnapshot) => Selection,
	isEqual?: (a: Selection, b: Selection) => boolean,
): Selection;
