import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { startSession } from "./cloud/session";
import "./styles/index.css";

const root = document.getElementById("root");
if (root) {
	void startSession();
	createRoot(root).render(
		<StrictMode>
			<App />
		</StrictMode>,
	);
}
