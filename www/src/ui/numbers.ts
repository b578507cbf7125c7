const whole = new Intl.NumberFormat(undefined);
const compact = new Intl.NumberFormat(undefined, {
	notation: "compact",
	maximumFractionDigits: 1,
});
const dollars = new Intl.NumberFormat(undefined, {
	style: "currency",
	currency: "USD",
});

export function count(value: number): string {
	return whole.format(value);
}

/** "1.2M". */
export function short(value: number): string {
	return compact.format(value);
}

export function money(usDollars: number): string {
	return dollars.format(usDollars);
}

export function bytes(value: number): string {
	return value < 1024 ? `${value} B` : `${(value / 1024).toFixed(1)} KiB`;
}

/** "1 profile", "3 profiles". */
export function plural(value: number, one: string, many = `${one}s`): string {
	return `${count(value)} ${value === 1 ? one : many}`;
}
