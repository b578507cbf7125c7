// Compiled, not run: what VS Code declares is what the host takes, and what the webview's host is, the client takes.

import type { HostAdapter } from "roo-cloud-web";
import {
	contentSecurityPolicyTag,
	createCloudHost,
} from "roo-cloud-web/vscode-host";
import { createWebviewHost } from "roo-cloud-web/vscode-webview";
import * as vscode from "vscode";

export function activate(context: vscode.ExtensionContext) {
	const host = createCloudHost({
		vscode,
		context,
		origins: ["https://app.roocode.com"],
	});
	const panel = vscode.window.createWebviewPanel(
		"cloud",
		"Cloud",
		vscode.ViewColumn.One,
	);
	context.subscriptions.push(host, host.attach(panel));
	panel.webview.html = contentSecurityPolicyTag(panel.webview);
	const provider: vscode.WebviewViewProvider = {
		resolveWebviewView: (view) => {
			host.attach(view);
		},
	};
	return provider;
}

export const adapter: HostAdapter = createWebviewHost();
