/** Text that may stand in markup as it is. */
class Markup {
	/** @param {string} text */
	constructor(text) {
		this.text = text;
	}
	toString() {
		return this.text;
	}
}

/**
 * A template for markup: what is put in is escaped, unless it is markup itself; arrays are joined.
 * @param {TemplateStringsArray} strings
 * @param {...unknown} values
 */
export function html(strings, ...values) {
	return new Markup(
		strings.reduce(
			(text, part, index) => text + render(values[index - 1]) + part,
		),
	);
}

/** @param {unknown} value @returns {string} */
function render(value) {
	if (value instanceof Markup) return value.text;
	if (Array.isArray(value)) return value.map(render).join("");
	if (value === undefined || value === null || value === false) return "";
	return String(value).replace(
		/[&<>"']/g,
		(character) => `&#${character.charCodeAt(0)};`,
	);
}

const STYLE = `
:root { color-scheme: light dark; --text: light-dark(#1c2024, #edeef0); --quiet: light-dark(#5b626a, #a9b0b8);
  --ground: light-dark(#f6f7f9, #111315); --sheet: light-dark(#fff, #1a1d20); --line: light-dark(#8b929a, #6d747c);
  --accent: light-dark(#2f4fd0, #93a8ff); --on-accent: light-dark(#fff, #10142b) }
* { box-sizing: border-box }
body { margin: 0; padding: 2rem 1rem; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 44rem; margin: 0 auto; padding: 1.5rem; background: var(--sheet); border: 1px solid var(--line); border-radius: .75rem }
main.narrow { max-width: 26rem }
h1 { margin: 0 0 .5rem; font-size: 1.4rem; line-height: 1.3 }
p { margin: 0 0 1rem } .quiet { color: var(--quiet) }
a { color: var(--accent) }
button, .button { display: block; width: 100%; padding: .7rem 1rem; margin: 0 0 .6rem; border: 1px solid var(--line); border-radius: .5rem;
  background: transparent; color: inherit; font: inherit; text-align: left; text-decoration: none; cursor: pointer }
button:hover, .button:hover { border-color: var(--accent) }
button.first, .button.first { background: var(--accent); border-color: var(--accent); color: var(--on-accent) }
button small { display: block; opacity: .85 }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
ol.messages { list-style: none; margin: 0; padding: 0 } ol.messages li { padding: .75rem 0; border-top: 1px solid var(--line) }
ol.messages p, ol.messages pre { margin: .25rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .95rem }
`;

/**
 * A whole page of the cloud.
 * @param {string} title
 * @param {Markup} content
 * @param {{ narrow?: boolean }} [options]
 */
export function page(title, content, { narrow = false } = {}) {
	return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
<link rel="icon" href="data:,"><style>${new Markup(STYLE)}</style></head>
<body><main${narrow ? new Markup(' class="narrow"') : ""}>${content}</main></body>
</html>`.toString();
}

/** Markup made by others (oidc-provider's forms), taken as it is. */
export const trusted = (/** @type {string} */ text) => new Markup(text);
