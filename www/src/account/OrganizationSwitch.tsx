import { useCloud } from "roo-cloud-web/react";
import { useAccount } from "../cloud/useAccount";
import { useAction } from "../cloud/useAction";
import { useRequest } from "../cloud/useRequest";
import { useService } from "../cloud/useService";
import { FailureNotice } from "../failures/FailureNotice";

const PERSONAL = "";

/** The organization the session is in, and the way to another. */
export function OrganizationSwitch() {
	const cloud = useService();
	const userInfo = useCloud((snapshot) => snapshot.userInfo);
	const memberships = useRequest(useAccount(), (signal) =>
		cloud.getOrganizationMemberships({ signal }),
	);
	const change = useAction((id: string) =>
		cloud.switchOrganization(id === PERSONAL ? null : id),
	);

	const current = userInfo?.organizationId ?? PERSONAL;
	const organizations =
		memberships.value?.map((each) => each.organization) ?? [];
	const listsCurrent =
		current === PERSONAL || organizations.some(({ id }) => id === current);

	return (
		<div className="organization">
			<select
				aria-label="Organization"
				value={current}
				aria-busy={change.pending}
				onChange={(event) => change.run(event.target.value)}
			>
				<option value={PERSONAL}>Personal account</option>
				{listsCurrent ? null : (
					<option value={current}>
						{userInfo?.organizationName ?? current}
					</option>
				)}
				{organizations.map(({ id, name }) => (
					<option key={id} value={id}>
						{name}
					</option>
				))}
			</select>
			{change.error === undefined ? null : (
				<div className="floating">
					<FailureNotice
						error={change.error}
						attempt="Could not switch"
						onDismiss={change.reset}
					/>
				</div>
			)}
		</div>
	);
}
