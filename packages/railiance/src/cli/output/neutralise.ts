import { neutralise } from '../../exec/neutralise.ts';

/** Longest line that is printed, in UTF-16 units: one line of an app's log may be 100 MB. */
const maxLine = 16_384;

/** Most of what is printed: ASCII and Latin letters, and the marks of our own lists. */
const ordinary = /^[ -~À-ɏ–…✓✗]*$/;

/** Has nothing to neutralise: a table of a thousand lines asks several times for each of its cells. */
function isHarmless(text: string): boolean {
  return text.length <= maxLine && ordinary.test(text) && !text.includes('::') && !text.includes('##');
}

/** Foreign text as one harmless line of bounded length: a line feed in it is shown, a tab is two spaces. */
export function harmless(text: string): string {
  if (isHarmless(text)) return text;
  const bounded = text.length > maxLine ? `${text.slice(0, maxLine)}… (${text.length - maxLine} more)` : text;
  return neutralise(bounded).replaceAll('\n', '\\n').replaceAll('\t', '  ');
}

/** The lines of a text that may have several, without the empty one after a final line break. */
export function linesOf(text: string): readonly string[] {
  return text.replace(/\r?\n$/, '').split(/\r?\n/);
}
