import type { OrganizationAllowList } from "roo-cloud-web";

/** Which providers and models may be used. */
export function AllowList({ allowList }: { allowList: OrganizationAllowList }) {
	const providers = Object.entries(allowList.providers);
	return (
		<div className="group">
			<h3>Allowed models</h3>
			{allowList.allowAll ? (
				<p>Every provider and every model.</p>
			) : (
				<ul className="allow-list">
					{providers.map(([provider, { allowAll, models }]) => (
						<li key={provider}>
							<strong>{provider}</strong>{" "}
							{allowAll
								? "every model"
								: (models ?? []).join(", ") || "no model"}
						</li>
					))}
					{providers.length === 0 ? <li>None.</li> : null}
				</ul>
			)}
		</div>
	);
}
