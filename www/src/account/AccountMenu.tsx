import { useId } from "react";
import { useCloud } from "roo-cloud-web/react";
import { useAction } from "../cloud/useAction";
import { useService } from "../cloud/useService";
import { FailureNotice } from "../failures/FailureNotice";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { Facts } from "../ui/Facts";

/** Who is signed in, and the ways out. */
export function AccountMenu() {
	const cloud = useService();
	const userInfo = useCloud((snapshot) => snapshot.userInfo);
	const signOut = useAction((everywhere: boolean) =>
		cloud.logout({ everywhere }),
	);
	const menuId = useId();
	const name = userInfo?.name ?? userInfo?.email ?? "Signed in";

	return (
		<div className="account">
			<button type="button" className="account-button" popoverTarget={menuId}>
				<Avatar name={name} picture={userInfo?.picture} />
				<span className="visually-hidden">Account of</span>
				<span className="account-name">{name}</span>
			</button>
			<div id={menuId} className="account-menu" popover="auto">
				<Facts
					facts={[
						{ name: "Name", value: userInfo?.name ?? "—" },
						{ name: "Email", value: userInfo?.email ?? "—" },
						{
							name: "Organization",
							value: userInfo?.organizationName ?? "Personal account",
						},
						{ name: "Role", value: roleInWords(userInfo?.organizationRole) },
					]}
				/>
				<FailureNotice error={signOut.error} attempt="Sign-out" />
				<div className="button-row">
					<Button busy={signOut.pending} onClick={() => signOut.run(false)}>
						Sign out
					</Button>
					<Button
						variant="quiet"
						busy={signOut.pending}
						onClick={() => signOut.run(true)}
					>
						Sign out everywhere
					</Button>
				</div>
			</div>
		</div>
	);
}

/** "org:admin" is how the cloud spells "admin". */
function roleInWords(role: string | undefined): string {
	return role?.replace(/^org:/, "") ?? "—";
}
