// The extension: shows the webview, and lets it do what the cloud needs.

import {
	contentSecurityPolicyTag,
	createCloudHost,
} from "roo-cloud-web/vscode-host";
import * as vscode from "vscode";

export function activate(context) {
	const settings = vscode.workspace.getConfiguration("rooCloud");
	const config = {
		apiUrl: settings.get("apiUrl"),
		issuer: settings.get("issuer"),
		clientId: settings.get("clientId"),
	};
	const output = vscode.window.createOutputChannel("Roo Cloud");
	const host = createCloudHost({
		vscode,
		context,
		origins: [config.apiUrl, config.issuer].map((url) => new URL(url).origin),
		log: (line) => output.appendLine(line),
	});
	const provider = {
		resolveWebviewView(view) {
			host.attach(view);
			const folder = vscode.Uri.joinPath(context.extensionUri, "dist");
			const file = (name) =>
				view.webview.asWebviewUri(vscode.Uri.joinPath(folder, name));
			// Unless said otherwise the webview may load what lies in the workspace too.
			view.webview.options = {
				enableScripts: true,
				localResourceRoots: [folder],
			};
			view.webview.html = `<!doctype html>
				<html lang="en">
				<head>
					${contentSecurityPolicyTag(view.webview)}
					<title>Roo Cloud</title>
				</head>
				<body data-config="${escaped(JSON.stringify(config))}">
					<main></main>
					<script type="module" src="${file("webview.js")}"></script>
				</body>
				</html>`;
		},
	};
	context.subscriptions.push(
		output,
		host,
		vscode.window.registerWebviewViewProvider("rooCloud.view", provider),
	);
}

const escaped = (text) =>
	text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
