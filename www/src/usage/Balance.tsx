import { useAccount } from "../cloud/useAccount";
import { useRequest } from "../cloud/useRequest";
import { useService } from "../cloud/useService";
import { explain } from "../failures/explain";
import { money } from "../ui/numbers";

/** The credits left; why not, where they cannot be known. */
export function Balance() {
	const cloud = useService();
	const balance = useRequest(useAccount(), (signal) =>
		cloud.creditBalance({ signal }),
	);
	return (
		<div>
			<dt>Credit balance</dt>
			<dd>
				{balance.value === undefined ? "—" : money(balance.value)}
				{balance.error === undefined ? null : (
					<span className="hint">{explain(balance.error).what}</span>
				)}
			</dd>
		</div>
	);
}
