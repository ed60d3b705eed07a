import { type Html, html } from './html.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Html | string | number;
  /** `end` for numbers, `tight` for what must not wrap, `grow` for text. */
  readonly kind?: 'end' | 'tight' | 'grow';
}

export interface Table<Row> {
  /** For readers of the page who cannot see what stands around it. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
}

export function table<Row>({ caption, columns, rows }: Table<Row>): Html {
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table class="data">
<caption class="visually-hidden">${caption}</caption>
<thead><tr>${columns.map(({ title, kind }) => html`<th scope="col" class="${kind ?? ''}">${title}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr data-row>${columns.map(({ cell, kind }) => html`<td class="${kind ?? ''}">${cell(row)}</td>`)}</tr>`)}</tbody>
</table></div>`;
}
