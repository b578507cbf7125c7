export function Brand() {
	return (
		<h1 className="brand">
			<img src="/favicon.svg" alt="" width="28" height="28" />
			Roo Cloud
		</h1>
	);
}
