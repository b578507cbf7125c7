/** Settings of the organizations and personal accounts, by owner, as `GET /api/extension-settings` gives them (without profiles). */
export const OWNER_SETTINGS = {
	org_meridian: {
		cloudSettings: {
			recordTaskMessages: true,
			enableTaskSharing: true,
			allowPublicTaskSharing: true,
			taskShareExpirationDays: 30,
			allowMembersViewAllTasks: true,
			workspaceTaskVisibility: "all",
			llmEnhancedFeaturesEnabled: true,
		},
		defaultSettings: {
			enableCheckpoints: true,
			maxOpenTabsContext: 20,
			maxWorkspaceFiles: 200,
			showRooIgnoredFiles: false,
			terminalCommandDelay: 0,
			terminalShellIntegrationTimeout: 5000,
			disabledTools: ["generate_image"],
		},
		allowList: {
			allowAll: false,
			providers: {
				anthropic: { allowAll: true },
				bedrock: {
					allowAll: false,
					models: ["anthropic.claude-sonnet-4-5-20250929-v1:0"],
				},
				deepseek: { allowAll: false, models: ["deepseek-chat"] },
				gemini: {
					allowAll: false,
					models: ["gemini-2.5-pro", "gemini-2.5-flash"],
				},
				litellm: { allowAll: true },
				mistral: { allowAll: true },
				ollama: { allowAll: true },
				openai: { allowAll: true },
				"openai-native": { allowAll: false, models: ["gpt-5", "gpt-5-mini"] },
				openrouter: { allowAll: true },
				vertex: { allowAll: true },
				xai: { allowAll: false, models: ["grok-4"] },
			},
		},
		features: {},
		hiddenMcps: ["untrusted-shell"],
		hideMarketplaceMcps: false,
		mcps: [
			{
				id: "meridian-issues",
				name: "Meridian issues",
				description: "Reads and files issues in the robotics tracker",
				author: "Meridian platform team",
				tags: ["issues", "internal"],
				url: "https://mcp.meridian.example/issues",
				content: '{"command":"npx","args":["-y","@meridian/issues-mcp"]}',
			},
		],
	},
	org_juniper: {
		cloudSettings: {
			recordTaskMessages: false,
			enableTaskSharing: true,
			allowPublicTaskSharing: false,
			taskShareExpirationDays: 7,
			allowMembersViewAllTasks: false,
			workspaceTaskVisibility: "creator",
			llmEnhancedFeaturesEnabled: false,
		},
		defaultSettings: {
			enableCheckpoints: true,
			terminalShellIntegrationDisabled: true,
			disabledTools: ["execute_command", "use_mcp_tool"],
		},
		allowList: {
			allowAll: false,
			providers: {
				bedrock: { allowAll: true },
				"openai-native": { allowAll: false, models: ["gpt-5"] },
			},
		},
		features: {},
		hideMarketplaceMcps: true,
	},
	user_ana: personal(),
	user_ben: personal(),
	user_chiyo: personal(),
};

/** Settings of the persons themselves, by person. */
export const USER_SETTINGS = {
	user_ana: { taskSyncEnabled: true, llmEnhancedFeaturesEnabled: true },
	user_ben: { taskSyncEnabled: true },
	user_chiyo: { taskSyncEnabled: true },
};

function personal() {
	return {
		cloudSettings: {
			enableTaskSharing: true,
			allowPublicTaskSharing: true,
			taskShareExpirationDays: 30,
		},
		defaultSettings: {},
		allowList: { allowAll: true, providers: {} },
	};
}
