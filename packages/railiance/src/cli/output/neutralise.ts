/** Longest line that is printed, in UTF-16 units: one line of an app's log may be 100 MB. */
const maxLine = 16_384;

// C0 and C1 controls, DEL, line separators, and the marks that reorder or hide text (Unicode bidi controls).
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is what it is for
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * Makes foreign text harmless: terminals and CI runners act on characters. Controls become visible (`\x1b`), a tab two
 * spaces; a line that a runner would take for a workflow command (`::set-output …`, `##[…]`) is broken up.
 */
export function neutralise(text: string): string {
  const bounded = text.length > maxLine ? `${text.slice(0, maxLine)}… (${text.length - maxLine} more)` : text;
  return bounded
    .replace(unsafe, visible)
    .replace(/^(\s*):(?=:)/, '$1\\:')
    .replace(/##(?=\[)/g, '##\\');
}

function visible(character: string): string {
  if (character === '\t') return '  ';
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** The lines of a text that may have several, without the empty one after a final line break. */
export function linesOf(text: string): readonly string[] {
  return text.replace(/\r?\n$/, '').split(/\r?\n/);
}
