import type { UserSettingsConfig } from "roo-cloud-web";
import { useCloud } from "roo-cloud-web/react";
import { useAction } from "../cloud/useAction";
import { useService } from "../cloud/useService";
import { FailureNotice } from "../failures/FailureNotice";
import { Status } from "../ui/Status";
import { Switch } from "../ui/Switch";

/** What the person decides, as against the organization. */
export function UserChoices() {
	const cloud = useService();
	const { userSettings, userInfo } = useCloud(({ userSettings, userInfo }) => ({
		userSettings,
		userInfo,
	}));
	const save = useAction((patch: UserSettingsConfig) =>
		cloud.updateUserSettings(patch),
	);
	if (!userSettings) {
		return null;
	}
	const { taskSyncEnabled = true, llmEnhancedFeaturesEnabled = false } =
		userSettings.settings;
	const syncing = cloud.isTaskSyncEnabled() ? "on" : "off";

	return (
		<div className="group">
			<h3>Yours</h3>
			<Switch
				label="Sync my tasks"
				hint={
					userInfo?.organizationId
						? `In ${userInfo.organizationName ?? "an organization"} the organization decides: it is ${syncing}.`
						: `Messages of tasks go to the cloud: ${syncing}.`
				}
				checked={taskSyncEnabled}
				busy={save.pending}
				onChange={(checked) => save.run({ taskSyncEnabled: checked })}
			/>
			<Switch
				label="Features that use a language model"
				checked={llmEnhancedFeaturesEnabled}
				busy={save.pending}
				onChange={(checked) =>
					save.run({ llmEnhancedFeaturesEnabled: checked })
				}
			/>
			<Status>
				{save.result ? `Saved as version ${save.result.version}.` : null}
			</Status>
			<FailureNotice
				error={save.error}
				attempt="Could not save"
				onDismiss={save.reset}
			/>
		</div>
	);
}
