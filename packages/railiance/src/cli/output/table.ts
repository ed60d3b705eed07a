import { dim, pad, plain, type Text, truncate, widthOf } from './text.ts';
import { wrap } from './wrap.ts';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => Text;
  readonly align?: 'left' | 'right';
  /** Narrowed first where the terminal is too narrow: the last column goes on below, any other is cut. */
  readonly flexible?: boolean;
}

const gap = '  ';
const narrowest = 8;
/** With less room than this beside the other cells, words stand better on lines of their own. */
const leastRoom = 24;

/** Aligned lines below a line of titles. What the last column says is never cut: it goes on below. */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): Text[] {
  const cells = rows.map((row) => columns.map((column) => column.value(row)));
  const widths = columns.map((column, at) =>
    Math.max(widthOf(column.title), ...cells.map((row) => widthOf(row[at] ?? ''))),
  );
  narrow(widths, columns, width);
  const line = (values: readonly Text[]): Text => {
    // Nothing is padded that only blanks would follow.
    const last = values.findLastIndex((value) => plain(value) !== '');
    return columns.slice(0, last + 1).flatMap((column, at) => {
      const size = widths[at] ?? 0;
      const value = truncate(values[at] ?? '', size);
      const cell = at === last && column.align !== 'right' ? value : pad(value, size, column.align);
      return at === 0 ? [cell] : [gap, cell];
    });
  };
  const lines = (values: readonly Text[]): Text[] => {
    const last = values.at(-1) ?? '';
    if (!columns.at(-1)?.flexible || widthOf(last) <= (widths.at(-1) ?? 0)) return [line(values)];
    const before = widths.slice(0, -1);
    const indent = before.reduce((sum, size) => sum + size + gap.length, 0);
    const [first = '', ...more] = wrap(last, width - indent);
    if (width - indent < leastRoom || [first, ...more].some((part) => widthOf(part) > width - indent))
      return [line([...values.slice(0, -1), '']), ...wrap(last, width - gap.length).map((part) => [gap, part])];
    const cells = before.flatMap((size, at) => [pad(truncate(values[at] ?? '', size), size, columns[at]?.align), gap]);
    return [[...cells, first], ...more.map((part) => [' '.repeat(indent), part])];
  };
  return [dim(line(columns.map((column) => column.title))), ...cells.flatMap(lines)];
}

function narrow<Row>(widths: number[], columns: readonly Column<Row>[], width: number): void {
  const total = () => widths.reduce((sum, size) => sum + size, 0) + gap.length * (columns.length - 1);
  for (const [at, column] of columns.entries()) {
    const excess = total() - width;
    if (excess <= 0) return;
    if (column.flexible) widths[at] = Math.max(narrowest, (widths[at] ?? 0) - excess);
  }
}

/** `label  value` lines with the values aligned. */
export function pairLines(pairs: readonly (readonly [label: string, value: Text])[]): Text[] {
  const size = Math.max(0, ...pairs.map(([label]) => widthOf(label)));
  return pairs.map(([label, value]) => [dim(pad(label, size)), gap, value]);
}
