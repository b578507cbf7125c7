import { EventEmitter } from "node:events";

/** @typedef {"events" | "shares" | "settings" | "tasks"} Topic */

/** Tells the admin page which of its lists has changed. */
export class Feed {
	#emitter = new EventEmitter().setMaxListeners(100);

	/** @param {Topic} topic */
	changed(topic) {
		this.#emitter.emit("changed", topic);
	}

	/** @param {(topic: Topic) => void} listener @returns {() => void} stops listening */
	listen(listener) {
		this.#emitter.on("changed", listener);
		return () => this.#emitter.off("changed", listener);
	}
}
