import type {
	OrganizationCloudSettings,
	OrganizationSettings,
} from "roo-cloud-web";
import { useCloud } from "roo-cloud-web/react";
import { Facts } from "../ui/Facts";
import { plural } from "../ui/numbers";

type Visibility = NonNullable<
	OrganizationCloudSettings["workspaceTaskVisibility"]
>;

const VISIBILITY: Readonly<Record<Visibility, string>> = {
	all: "everybody in the organization",
	"list-only": "everybody sees the list",
	"admins-and-creator": "admins and who made it",
	creator: "only who made it",
	"full-lockdown": "nobody",
};

/** What the organization has decided. */
export function OrganizationFacts({
	settings,
}: {
	settings: OrganizationSettings;
}) {
	const userInfo = useCloud((snapshot) => snapshot.userInfo);
	const decided = settings.cloudSettings ?? {};
	const visibility = decided.workspaceTaskVisibility;
	return (
		<div className="group">
			<h3>{userInfo?.organizationName ?? "Account"}</h3>
			<Facts
				facts={[
					{ name: "Version", value: settings.version },
					{
						name: "Task messages recorded",
						value: yesOrNo(decided.recordTaskMessages),
					},
					{ name: "Task sharing", value: yesOrNo(decided.enableTaskSharing) },
					{
						name: "Public sharing",
						value: yesOrNo(
							decided.enableTaskSharing &&
								decided.allowPublicTaskSharing !== false,
						),
					},
					{
						name: "Shares expire",
						value:
							decided.taskShareExpirationDays === undefined
								? "never"
								: `after ${plural(decided.taskShareExpirationDays, "day")}`,
					},
					{
						name: "Tasks are seen by",
						value: visibility ? VISIBILITY[visibility] : "not decided",
					},
					{
						name: "Cloud profiles",
						value: Object.keys(settings.providerProfiles ?? {}).length,
					},
				]}
			/>
		</div>
	);
}

function yesOrNo(value: boolean | undefined): string {
	return value ? "yes" : "no";
}
