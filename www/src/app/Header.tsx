import { AccountMenu } from "../account/AccountMenu";
import { OrganizationSwitch } from "../account/OrganizationSwitch";
import { ThemeChoice } from "../theme/ThemeChoice";
import { Brand } from "./Brand";
import { ConnectionMark } from "./ConnectionMark";

export function Header() {
	return (
		<header className="top">
			<Brand />
			<ConnectionMark />
			<div className="top-end">
				<OrganizationSwitch />
				<ThemeChoice />
				<AccountMenu />
			</div>
		</header>
	);
}
