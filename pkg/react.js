"use client";

// React's side of the client: what the snapshot says, selected, and the client to call.

import {
	createContext,
	createElement,
	useContext,
	useEffect,
	useMemo,
	useRef,
	useState,
	useSyncExternalStore,
} from "react";

/** `{ service, initial }`: the client, if it is there yet, and the snapshot until then; undefined outside of any provider. */
const Context = /* @__PURE__ */ createContext(undefined);

/** What is known before the client is: on a server, and while the module loads. */
const INITIAL = /* @__PURE__ */ Object.freeze({
	authState: "initializing",
	userInfo: null,
	online: true,
	profiles: Object.freeze([]),
	queue: Object.freeze({
		queued: 0,
		bytes: 0,
		unstored: 0,
		inFlight: 0,
		delivered: 0,
		dropped: Object.freeze({}),
	}),
});

const isPromise = (cloud) => typeof cloud?.then === "function";

export function CloudProvider({ cloud, initial = INITIAL, children }) {
	const [settled, setSettled] = useState();
	useEffect(() => {
		if (!isPromise(cloud)) return;
		let wanted = true;
		const settle = (outcome) => {
			if (wanted) setSettled({ of: cloud, ...outcome });
		};
		cloud.then(
			(service) => settle({ service }),
			(error) => settle({ failed: true, error }),
		);
		return () => {
			wanted = false;
		};
	}, [cloud]);

	const outcome = settled?.of === cloud ? settled : undefined;
	if (outcome?.failed) throw outcome.error;
	const service = (isPromise(cloud) ? outcome?.service : cloud) ?? undefined;
	const value = useMemo(() => ({ service, initial }), [service, initial]);
	return createElement(Context.Provider, { value }, children);
}

function useProvided() {
	const provided = useContext(Context);
	if (provided === undefined)
		throw new Error("useCloud and useCloudService need a CloudProvider above");
	return provided;
}

export const useCloudService = () => useProvided().service;

const nothing = () => {};
const never = () => nothing;
const whole = (snapshot) => snapshot;
const NONE = {};

export function useCloud(selector = whole, isEqual = shallowEqual) {
	const { service: cloud, initial } = useProvided();
	const rendered = useRef(NONE);
	const [read, readOnServer] = useMemo(() => {
		let snapshot = NONE;
		let selection = NONE;
		// The same snapshot is selected from once, and an equal selection is the same object.
		const select = (next) => {
			if (snapshot === next) return selection;
			const earlier = selection === NONE ? rendered.current : selection;
			const selected = selector(next);
			snapshot = next;
			selection =
				earlier !== NONE && isEqual(earlier, selected) ? earlier : selected;
			return selection;
		};
		return [
			() => select(cloud ? cloud.getSnapshot() : initial),
			() => select(INITIAL),
		];
	}, [cloud, initial, selector, isEqual]);
	const selection = useSyncExternalStore(
		cloud ? cloud.subscribe : never,
		read,
		readOnServer,
	);
	useEffect(() => {
		rendered.current = selection;
	});
	return selection;
}

/** The same value, or two objects or lists whose members are the same values. */
function shallowEqual(a, b) {
	if (Object.is(a, b)) return true;
	if (!isComposite(a) || !isComposite(b)) return false;
	if (Array.isArray(a) !== Array.isArray(b)) return false;
	const names = Object.keys(a);
	return (
		names.length === Object.keys(b).length &&
		names.every((name) => Object.hasOwn(b, name) && Object.is(a[name], b[name]))
	);
}

/** Plain objects and lists; a Map or a Date has no members to compare. */
function isComposite(value) {
	if (typeof value !== "object" || value === null) return false;
	const prototype = Object.getPrototypeOf(value);
	return (
		prototype === Object.prototype ||
		prototype === Array.prototype ||
		prototype === null
	);
}
