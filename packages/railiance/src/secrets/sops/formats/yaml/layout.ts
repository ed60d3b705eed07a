import type { Edit } from '../../edits.ts';
import type { ListNode, MapNode, Span } from '../../tree.ts';
import { afterLine } from './lines.ts';

interface Child {
  readonly kind: string;
  readonly span: Span;
}

/** Adds a child behind the last one in `{…}` or `[…]`. */
export function addedToFlow(container: Span, children: readonly Child[], child: string): Edit {
  const last = children.filter(({ kind }) => kind !== 'comment').at(-1);
  if (last === undefined) return { start: container.start + 1, end: container.start + 1, text: child };
  return { start: last.span.end, end: last.span.end, text: `, ${child}` };
}

/** Takes a child out of `{…}` or `[…]` with the one comma that goes with it. */
export function flowRemoval(text: string, children: readonly Child[], position: number): Edit {
  const child = children[position];
  if (child === undefined) return { start: 0, end: 0, text: '' };
  const { start, end } = child.span;
  const before = /,[ \t\r\n]*$/.exec(text.slice(0, start));
  if (before !== null) return { start: start - before[0].length, end, text: '' };
  const after = /^[ \t\r\n]*,[ \t\r\n]*/.exec(text.slice(end));
  return { start, end: end + (after?.[0].length ?? 0), text: '' };
}

/** Takes the lines of a child out of a block map or list; what would be left empty is written as `{}` or `[]`. */
export function blockRemoval(text: string, parent: MapNode | ListNode, position: number, isRoot: boolean): Edit {
  const children: readonly Child[] = parent.kind === 'map' ? parent.entries : parent.items;
  const child = children[position];
  if (child === undefined) return { start: 0, end: 0, text: '' };
  const lineStart = text.lastIndexOf('\n', child.span.start - 1) + 1;
  const alone = text.slice(lineStart, child.span.start).trim() === '';
  const others = children.filter((other) => other.kind !== 'comment' && other !== child);
  // A list may stand at the column of its key, where brackets may not.
  if (others.length === 0 && !isRoot) return { ...child.span, text: parent.kind === 'map' ? '{}' : '  []' };
  if (alone) return { start: lineStart, end: afterLine(text, child.span.end), text: '' };
  // It stands behind the dash of a list item: the next child moves up to it.
  const next = others.find(({ span }) => span.start > child.span.start);
  return { start: child.span.start, end: next?.span.start ?? afterLine(text, child.span.end), text: '' };
}
