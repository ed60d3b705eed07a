import { plain, type Text, widthOf } from './text.ts';

/**
 * Breaks a line between words where it is wider than `columns`. What follows is indented as the line itself is, or as the
 * second column of a `label  value` line. A word that is too long for any line stays whole: it may be a path to copy.
 */
export function wrap(text: Text, columns: number): readonly Text[] {
  if (widthOf(text) <= columns) return [text];
  const indent = ' '.repeat(hangingIndent(plain(text), columns));
  const lines: Text[][] = [];
  let line: Text[] = [];
  let width = 0;
  // Blanks are held back until a word follows them on the same line.
  let gap: Text = '';
  for (const word of wordsOf(text)) {
    if (plain(word).trim() === '') {
      gap = [gap, word];
      continue;
    }
    if (line.length > 0 && width + widthOf(gap) + widthOf(word) > columns) {
      lines.push(line);
      line = [];
      width = 0;
      gap = indent;
    }
    line.push(gap, word);
    width += widthOf(gap) + widthOf(word);
    gap = '';
  }
  return [...lines, line];
}

function hangingIndent(line: string, columns: number): number {
  const label = /^ *\S+(?: \S+)* {2,}(?=\S)/.exec(line)?.[0] ?? '';
  if (label !== '' && widthOf(label) <= columns / 2) return widthOf(label);
  return Math.min(/^ */.exec(line)?.[0].length ?? 0, Math.floor(columns / 2));
}

/** Words and the blanks between them, each with the styles around it. */
function wordsOf(text: Text): Text[] {
  if (typeof text === 'string') return text.match(/\s+|\S+/g) ?? [];
  if ('format' in text) return wordsOf(text.text).map((word) => ({ format: text.format, text: word }));
  return text.flatMap(wordsOf);
}
