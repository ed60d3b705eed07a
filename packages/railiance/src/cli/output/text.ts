import { styleText } from 'node:util';

import measure from 'fast-string-truncated-width';

import { harmless } from './neutralise.ts';

const formats = ['bold', 'dim', 'red', 'green', 'yellow', 'cyan'] as const;

type Format = (typeof formats)[number];

interface Styled {
  readonly format: Format;
  readonly text: Text;
}

/**
 * What is printed: plain text, styled text, or a row of both. Styles are kept apart from the characters, so that every
 * character can be neutralised and measured, and no caller ever writes an escape sequence.
 */
export type Text = string | Styled | readonly Text[];

const styled =
  (format: Format) =>
  (text: Text): Text => ({ format, text });

export const bold = styled('bold');
export const dim = styled('dim');
export const red = styled('red');
export const green = styled('green');
export const yellow = styled('yellow');
export const cyan = styled('cyan');

/** The same text with every string replaced. */
export function mapStrings(text: Text, change: (text: string) => string): Text {
  if (typeof text === 'string') return change(text);
  if ('format' in text) return { format: text.format, text: mapStrings(text.text, change) };
  return text.map((part) => mapStrings(part, change));
}

/** The characters alone, neutralised. */
export function plain(text: Text): string {
  if (typeof text === 'string') return harmless(text);
  return 'format' in text ? plain(text.text) : text.map(plain).join('');
}

/** With escape sequences where `color` is true. */
export function render(text: Text, color: boolean): string {
  if (typeof text === 'string') return harmless(text);
  if (!('format' in text)) return text.map((part) => render(part, color)).join('');
  const inner = render(text.text, color);
  return color && inner !== '' ? styleText(text.format, inner, { validateStream: false }) : inner;
}

/** Columns on a terminal: wide characters count two, combining ones none. */
export function widthOf(text: Text): number {
  return columnsOf(plain(text));
}

/** ASCII, Latin letters, and the marks of our own lists. */
const oneColumnEach = /^[ -~À-ɏ–…✓✗]*$/;

/** What needs to be measured makes Node compile expressions about all of Unicode: milliseconds of a start. */
function columnsOf(shown: string): number {
  return oneColumnEach.test(shown) ? shown.length : measure(shown).width;
}

/** At most `columns` wide; what was cut is replaced by an ellipsis. */
export function truncate(text: Text, columns: number): Text {
  if (columns <= 0) return '';
  return widthOf(text) <= columns ? text : [cut(text, columns - 1).text, '…'];
}

function cut(text: Text, columns: number): { readonly text: Text; readonly left: number } {
  if (columns <= 0) return { text: '', left: 0 };
  if (typeof text === 'string') {
    return cutString(harmless(text), columns);
  }
  if ('format' in text) {
    const inner = cut(text.text, columns);
    return { text: { format: text.format, text: inner.text }, left: inner.left };
  }
  let left = columns;
  const parts: Text[] = [];
  for (const part of text) {
    const inner = cut(part, left);
    parts.push(inner.text);
    left = inner.left;
  }
  return { text: parts, left };
}

/** Between graphemes only, so that no character is torn. */
function cutString(text: string, columns: number): { readonly text: string; readonly left: number } {
  let kept = '';
  let left = columns;
  // Made here, since ten milliseconds of every start would be spent on it.
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const width = columnsOf(segment);
    if (width > left) return { text: kept, left: 0 };
    kept += segment;
    left -= width;
  }
  return { text: kept, left };
}

/** Padded with spaces to `columns`. */
export function pad(text: Text, columns: number, align: 'left' | 'right' = 'left'): Text {
  const fill = ' '.repeat(Math.max(0, columns - widthOf(text)));
  return align === 'left' ? [text, fill] : [fill, text];
}
