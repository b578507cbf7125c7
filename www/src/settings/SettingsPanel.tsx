import { useCloud } from "roo-cloud-web/react";
import { useAction } from "../cloud/useAction";
import { useService } from "../cloud/useService";
import { FailureNotice } from "../failures/FailureNotice";
import { Button } from "../ui/Button";
import { Panel } from "../ui/Panel";
import { Status } from "../ui/Status";
import { AllowList } from "./AllowList";
import { OrganizationFacts } from "./OrganizationFacts";
import { Provenance } from "./Provenance";
import { RawSettings } from "./RawSettings";
import { RefreshResult } from "./RefreshResult";
import { UserChoices } from "./UserChoices";

/** The settings in force, where they came from, and a way to ask again. */
export function SettingsPanel() {
	const cloud = useService();
	const organizationSettings = useCloud(
		(snapshot) => snapshot.organizationSettings,
	);
	const refresh = useAction(() => cloud.refreshSettings());

	return (
		<Panel
			title="Settings"
			actions={
				<Button busy={refresh.pending} onClick={() => refresh.run()}>
					Refresh
				</Button>
			}
		>
			<Provenance />
			<Status>
				{refresh.result ? <RefreshResult outcome={refresh.result} /> : null}
			</Status>
			<FailureNotice
				error={refresh.error}
				attempt="Could not refresh"
				onRetry={() => refresh.run()}
				onDismiss={refresh.reset}
			/>
			<UserChoices />
			{organizationSettings ? (
				<>
					<OrganizationFacts settings={organizationSettings} />
					<AllowList allowList={organizationSettings.allowList} />
					<RawSettings />
				</>
			) : (
				<p className="empty">No settings have arrived yet.</p>
			)}
		</Panel>
	);
}
