import { dim, pad, plain, type Text, truncate, widthOf } from './text.ts';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => Text;
  readonly align?: 'left' | 'right';
  /** Narrowed first where the terminal is too narrow; the last such column takes the cut. */
  readonly flexible?: boolean;
}

const gap = '  ';
const narrowest = 8;

/** Aligned lines below a line of titles, none wider than `width`. */
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
  return [dim(line(columns.map((column) => column.title))), ...cells.map(line)];
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
