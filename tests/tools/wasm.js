// The binary format of WebAssembly (core specification, 5), as far as the tools here read and write it.

export class Reader {
	constructor(bytes, at = 0) {
		this.bytes = bytes;
		this.at = at;
	}

	/** An unsigned LEB128 number. */
	number() {
		let value = 0;
		let shift = 0;
		for (;;) {
			const byte = this.bytes[this.at];
			this.at += 1;
			value += (byte & 0x7f) * 2 ** shift;
			if (byte < 0x80) return value;
			shift += 7;
		}
	}

	/** A signed LEB128 number of at most 32 bits. */
	signed() {
		let value = 0;
		let shift = 0;
		let byte;
		do {
			byte = this.take(1)[0];
			value |= (byte & 0x7f) << shift;
			shift += 7;
		} while (byte >= 0x80);
		return shift < 32 && byte & 0x40 ? value | (-1 << shift) : value;
	}

	take(length) {
		this.at += length;
		return this.bytes.subarray(this.at - length, this.at);
	}

	text() {
		return new TextDecoder().decode(this.take(this.number()));
	}
}

/** [{ id, body }] of a module. */
export function sections(bytes) {
	const reader = new Reader(bytes, 8);
	const found = [];
	while (reader.at < bytes.length) {
		const id = reader.take(1)[0];
		found.push({ id, body: reader.take(reader.number()) });
	}
	return found;
}

/** An unsigned LEB128 number. */
export function number(value) {
	const bytes = [];
	do {
		bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>>= 7;
	} while (value > 0);
	return Buffer.from(bytes);
}

/** A signed LEB128 number of at most 32 bits. */
export function signed(value) {
	const bytes = [];
	for (;;) {
		const low = value & 0x7f;
		value >>= 7;
		const ends = value === (low & 0x40 ? -1 : 0);
		bytes.push(ends ? low : low | 0x80);
		if (ends) return Buffer.from(bytes);
	}
}

export function section(id, ...body) {
	const content = Buffer.concat(body);
	return Buffer.concat([Buffer.from([id]), number(content.length), content]);
}
