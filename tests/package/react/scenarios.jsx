// What runs in the page of react.test.js: each scenario resolves with what it saw. The client is a store that notes its subscribers,
// except where the package's own is what matters.

import { Component, StrictMode, startTransition, useState } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server.browser";
import { CloudService } from "roo-cloud-web/inline";
import { CloudProvider, useCloud, useCloudService } from "roo-cloud-web/react";

function store(snapshot) {
	const listeners = new Set();
	return {
		listeners,
		subscribe(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		getSnapshot: () => snapshot,
		change(members) {
			snapshot = { ...snapshot, ...members };
			for (const listener of [...listeners]) listener();
		},
	};
}

const element = () => document.body.appendChild(document.createElement("div"));

/** Resolves when `holds` does; React commits when it likes. */
async function until(holds) {
	for (let frames = 0; !holds(); frames += 1) {
		if (frames > 300) throw new Error(`never: ${holds}`);
		await new Promise((resolve) => requestAnimationFrame(resolve));
	}
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 30));

export async function strictMode() {
	const cloud = store({ authState: "logged-out" });
	const State = () => useCloud((snapshot) => snapshot.authState);
	const at = element();
	const root = createRoot(at);
	root.render(
		<StrictMode>
			<CloudProvider cloud={cloud}>
				<State />
			</CloudProvider>
		</StrictMode>,
	);
	await until(() => at.textContent === "logged-out");
	// Effects come after what is seen, in StrictMode twice.
	await settle();
	const mounted = cloud.listeners.size;
	cloud.change({ authState: "active-session" });
	await until(() => at.textContent === "active-session");
	root.unmount();
	await settle();
	return { mounted, unmounted: cloud.listeners.size };
}

/** What is rendered before the client is there, and what when it is. */
export async function initial() {
	const { promise, resolve } = Promise.withResolvers();
	const User = () =>
		useCloud(({ userInfo }) => userInfo?.name) +
		(useCloudService() ? " is here" : " was here");
	const at = element();
	createRoot(at).render(
		<StrictMode>
			<CloudProvider cloud={promise} initial={{ userInfo: { name: "Ana" } }}>
				<User />
			</CloudProvider>
		</StrictMode>,
	);
	await until(() => at.textContent !== "");
	const first = at.textContent;
	resolve(store({ userInfo: { name: "Ben" } }));
	await until(() => at.textContent !== first);
	return { first, last: at.textContent };
}

/** How often components render: on changes of what they select, and not on others. */
export async function selectors() {
	const cloud = store({ authState: "logged-out", online: true, profiles: [] });
	const renders = { place: 0, list: 0, whole: 0, custom: 0 };
	const objects = new Set();
	function Place() {
		renders.place += 1;
		const selected = useCloud(({ authState }) => ({ authState }));
		objects.add(selected);
		return selected.authState;
	}
	function List() {
		renders.list += 1;
		return useCloud(({ profiles }) => profiles.map(({ name }) => name)).join();
	}
	function Whole() {
		renders.whole += 1;
		return String(useCloud().online);
	}
	function Custom() {
		renders.custom += 1;
		return useCloud(
			({ profiles }) => profiles,
			(a, b) => a.length === b.length,
		).length;
	}
	const at = element();
	createRoot(at).render(
		<CloudProvider cloud={cloud}>
			<Place /> <List /> <Whole /> <Custom />
		</CloudProvider>,
	);
	await until(() => at.textContent === "logged-out  true 0");
	const first = { ...renders };
	cloud.change({ online: false });
	await until(() => at.textContent === "logged-out  false 0");
	const other = { ...renders };
	cloud.change({ profiles: [{ name: "a" }] });
	await until(() => at.textContent === "logged-out a false 1");
	cloud.change({ profiles: [{ name: "a" }] });
	await settle();
	const same = { ...renders };
	return { first, other, same, objects: objects.size };
}

/** A slow transition is under way when the store changes: no commit shows two values. */
export async function tearing() {
	const cloud = store({ authState: "0" });
	const torn = [];
	const seen = new Set();
	function Slow() {
		const value = useCloud((snapshot) => snapshot.authState);
		const end = performance.now() + 4;
		while (performance.now() < end);
		return <i>{value}</i>;
	}
	let show;
	function Many() {
		const [shown, setShown] = useState(0);
		show = setShown;
		return Array.from({ length: shown }, (_, i) => i).map((i) => (
			<Slow key={i} />
		));
	}
	const at = element();
	new MutationObserver(() => {
		const values = new Set(
			[...at.querySelectorAll("i")].map((i) => i.textContent),
		);
		for (const value of values) seen.add(value);
		if (values.size > 1) torn.push([...values]);
	}).observe(at, { childList: true, subtree: true, characterData: true });
	createRoot(at).render(
		<CloudProvider cloud={cloud}>
			<Many />
		</CloudProvider>,
	);
	await until(() => show);
	startTransition(() => show(30));
	for (let change = 1; change <= 10; change += 1) {
		await new Promise((resolve) => setTimeout(resolve, 8));
		cloud.change({ authState: String(change) });
	}
	await until(() => at.querySelectorAll("i").length === 30);
	await until(() => at.textContent === "10".repeat(30));
	return { torn, last: at.querySelector("i").textContent };
}

/** Rendered on a server, hydrated while the real client is still made, and then signed in. */
export async function hydration(token) {
	const complaints = [];
	const console_error = console.error;
	console.error = (...words) => complaints.push(words.join(" "));
	function Greeting() {
		const service = useCloudService();
		const name = useCloud(({ userInfo }) => userInfo?.id);
		const state = useCloud(({ authState }) => authState);
		return (
			<p>
				{service ? "client" : "none"} {name ?? "nobody"} {state}
			</p>
		);
	}
	const at = element();
	at.innerHTML = renderToString(
		<CloudProvider cloud={undefined}>
			<Greeting />
		</CloudProvider>,
	);
	const rendered = at.textContent;
	const made = CloudService.createInstance({
		apiUrl: "https://cloud.example",
		auth: { type: "token", token },
		fetch: async () => new Response("", { status: 503 }),
	});
	hydrateRoot(
		at,
		<StrictMode>
			<CloudProvider cloud={made}>
				<Greeting />
			</CloudProvider>
		</StrictMode>,
		{ onRecoverableError: (error) => complaints.push(error.message) },
	);
	await until(() => at.textContent.includes("client user_ana"));
	CloudService.resetInstance();
	console.error = console_error;
	return { rendered, complaints };
}

class Boundary extends Component {
	state = {};
	static getDerivedStateFromError(error) {
		return { error };
	}
	render() {
		return this.state.error
			? `caught ${this.state.error.code ?? this.state.error.message}`
			: this.props.children;
	}
}

/** A client that cannot be made, and hooks where no provider is. */
export async function failures() {
	const console_error = console.error;
	console.error = () => {};
	const Lost = () => useCloud().authState;
	const failed = CloudService.createInstance({
		apiUrl: "http://not.loopback",
		auth: { type: "token", token: "t" },
	});
	const at = [element(), element()];
	const options = { onCaughtError: () => {} };
	createRoot(at[0], options).render(
		<Boundary>
			<CloudProvider cloud={failed}>
				<Lost />
			</CloudProvider>
		</Boundary>,
	);
	createRoot(at[1], options).render(
		<Boundary>
			<Lost />
		</Boundary>,
	);
	await until(() => at.every((each) => each.textContent.startsWith("caught")));
	console.error = console_error;
	return at.map((each) => each.textContent);
}

/** Another client in the place of the first: nothing of the first is shown or listened to. */
export async function anotherClient() {
	const [first, second] = [
		store({ authState: "a" }),
		store({ authState: "b" }),
	];
	const State = () => useCloud((snapshot) => snapshot.authState);
	const at = element();
	const root = createRoot(at);
	const render = (cloud) =>
		root.render(
			<CloudProvider cloud={cloud}>
				<State />
			</CloudProvider>,
		);
	render(Promise.resolve(first));
	await until(() => at.textContent === "a");
	render(Promise.resolve(second));
	await until(() => at.textContent === "b");
	await settle();
	return { first: first.listeners.size, second: second.listeners.size };
}
