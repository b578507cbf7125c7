import { useState } from "react";

interface Props {
	name: string;
	picture?: string | undefined;
}

/** A person's picture, or their initials where there is none or it does not load. */
export function Avatar({ name, picture }: Props) {
	const [broken, setBroken] = useState<string>();
	return picture && picture !== broken ? (
		<img
			className="avatar"
			src={picture}
			alt=""
			referrerPolicy="no-referrer"
			onError={() => setBroken(picture)}
		/>
	) : (
		<span className="avatar" aria-hidden="true">
			{initials(name)}
		</span>
	);
}

function initials(name: string): string {
	const words = name.split(/\s+/).filter(Boolean);
	return [words[0], words.length > 1 ? words.at(-1) : undefined]
		.map((word) => (word ? [...word][0] : ""))
		.join("")
		.toUpperCase();
}
