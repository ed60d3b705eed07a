import type { Edit } from '../edits.ts';
import type { Span } from '../tree.ts';

/** The white space that one level of nesting is indented by; a tab, as sops writes, where the text does not show one. */
export function indentUnit(text: string): string {
  return /^\{\s*?\n([ \t]+)"/.exec(text)?.[1] ?? '\t';
}

/** What stands between a name and its value in this text. */
export function afterKey(text: string): string {
  return /"\s*:(\s*)\S/.exec(text)?.[1] === '' ? ':' : ': ';
}

/** Adds one more child behind `last`, laid out as that one is; without one, in front of all the others. */
export function addedMember(
  text: string,
  container: Span,
  children: readonly { readonly span: Span }[],
  last: { readonly span: Span } | undefined,
  child: string,
): Edit {
  if (last !== undefined) {
    return { start: last.span.end, end: last.span.end, text: `,${whitespaceBefore(text, last.span.start)}${child}` };
  }
  const [first] = children;
  if (first !== undefined) {
    const at = first.span.start;
    return { start: at, end: at, text: `${child},${whitespaceBefore(text, at)}` };
  }
  const inner = text.slice(0, container.start).trim() === '' ? `\n${indentUnit(text)}${child}\n` : child;
  return { start: container.start + 1, end: container.end - 1, text: inner };
}

function whitespaceBefore(text: string, offset: number): string {
  return /[ \t\r\n]*$/.exec(text.slice(0, offset))?.[0] ?? '';
}

/** A child with the one comma that goes with it; `only`: there is none. */
export function spanWithComma(text: string, child: Span, only: boolean): Span {
  const before = /[ \t\r\n]*$/.exec(text.slice(0, child.start))?.[0].length ?? 0;
  const after = /^[ \t\r\n]*/.exec(text.slice(child.end))?.[0].length ?? 0;
  if (only) return { start: child.start - before, end: child.end + after };
  if (text[child.start - before - 1] === ',') return { start: child.start - before - 1, end: child.end };
  const next = /^[ \t\r\n]*,[ \t\r\n]*/.exec(text.slice(child.end))?.[0].length ?? 0;
  return { start: child.start, end: child.end + next };
}
