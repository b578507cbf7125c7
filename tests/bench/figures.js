// The figures, what was promised of them, and whether it was kept.

const rows = [];

/** A figure that should be at most `promise`; the aim is `aim`. */
export function figure(name, value, unit, promise, aim) {
	const verdict = () => {
		if (value > promise) return "BROKEN";
		if (value <= aim) return "aim reached";
		return promise === undefined ? "" : "kept";
	};
	add([name, value, unit, bound("<=", promise), bound("<=", aim)], verdict());
}

/** A figure that should be at least `promise`. */
export function figureAtLeast(name, value, unit, promise) {
	const verdict = value >= promise ? "kept" : "BROKEN";
	add([name, value, unit, bound(">=", promise), ""], verdict);
}

export function report() {
	const cells = [
		["figure", "median", "promise", "aim", ""],
		...rows.map(({ row: [name, value, unit, promise, aim], verdict }) => [
			name,
			`${said(value)} ${unit}`.trim(),
			promise,
			aim,
			verdict,
		]),
	];
	for (const [name, ...others] of cells)
		console.log(
			(
				name.padEnd(62) + others.map((cell) => cell.padEnd(12)).join("")
			).trimEnd(),
		);
}

export function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)];
}

export const medianOf = (rows, name) => median(rows.map((row) => row[name]));

function add(row, verdict) {
	rows.push({ row, verdict });
	if (verdict === "BROKEN") process.exitCode = 1;
}

const bound = (sign, value) =>
	value === undefined ? "" : `${sign} ${said(value)}`;

const said = (value) =>
	Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1);
