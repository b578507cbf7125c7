// The page for users of the TypeScript client speaks of all that they can call, and of nothing here that does not exist.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(`${ROOT}www/docs/guides/migration.md`, "utf8");
const face = readFileSync(`${ROOT}pkg/index.d.ts`, "utf8");
const rows = page
	.split("\n")
	.filter((line) => line.startsWith("| `") || line.startsWith("| the timer"))
	.map((line) => line.split(" | ").map((cell) => cell.replace(/^\| /, "")));

/** What is public in the TypeScript client's CloudService, and in what it hands out. */
const THEIRS = `createInstance instance hasInstance resetInstance isEnabled initialize dispose
	authService settingsService telemetryClient shareService cloudAPI retryQueue isCloudAgent
	login handleAuthCallback logout isAuthenticated hasActiveSession hasOrIsAcquiringActiveSession getAuthState getSessionToken
	getUserInfo getOrganizationId getOrganizationName getOrganizationRole hasStoredOrganizationId getStoredOrganizationId
	getOrganizationMemberships switchOrganization
	getAllowList getOrganizationSettings getUserSettings getUserFeatures getUserSettingsConfig updateUserSettings isTaskSyncEnabled
	syncCloudProfiles activateProfile saveConfig deleteConfig listConfig getProfile hasConfig setModeConfig getModeConfigId
	captureEvent capture setProvider updateTelemetryState shutdown backfillMessages
	shareTask canShareTask canSharePublicly creditBalance bridgeConfig BridgeOrchestrator RetryQueue
	WebAuthService StaticTokenAuthService StaticSettingsService
	AuthenticationError TaskNotFoundError NetworkError CloudAPIError`;

test("all that the TypeScript client has is spoken of", () => {
	const first = rows.map(([theirs]) => theirs).join("\n");
	for (const name of THEIRS.split(/\s+/))
		assert.match(first, new RegExp(`\\b${name}\\b`), name);
});

test("what stands in its place exists", () => {
	const code = rows.flatMap(([theirs, ours]) =>
		[...(ours === "the same" ? theirs : ours).matchAll(/`([^`]+)`/g)].map(
			([, text]) => text,
		),
	);
	const called = code.flatMap((text) =>
		[...text.matchAll(/(\w+)\(/g)].map(([, name]) => name),
	);
	assert.ok(called.length > 40, `only ${called.length} found`);
	for (const name of called)
		assert.match(
			face,
			new RegExp(`^\\t?(export function |static )?${name}[(<]`, "m"),
			name,
		);
	// Options and events, by the names that stand before a colon or alone in braces.
	for (const text of code.filter((text) => /^[\w.]+: \{|^\w+\(\{/.test(text)))
		for (const [, name] of text.matchAll(/\b([a-z]\w+)\b(?=:| [,}]|, | \})/g))
			assert.match(
				face,
				new RegExp(`\\b${name}\\??[:(]`),
				`${name} of ${text}`,
			);
	for (const text of code.filter((text) => /^[A-Z_]{5,}$/.test(text)))
		assert.match(face, new RegExp(`"${text}"`), text);
});
