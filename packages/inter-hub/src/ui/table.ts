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

/**
 * On a phone each row becomes a card with its labels inside. What CSS shows otherwise than as a table is none to a
 * browser any more: hence the roles.
 */
export function table<Row>({ caption, columns, rows }: Table<Row>): Html {
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table class="data cards" role="table">
<caption class="visually-hidden">${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map(({ title, kind }) => html`<th scope="col" role="columnheader" class="${kind ?? ''}">${title}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows.map(
    (row) =>
      html`<tr data-row role="row">${columns.map(({ title, cell, kind }) => html`<td role="cell" data-label="${title}" class="${kind ?? ''}">${cell(row)}</td>`)}</tr>`,
  )}</tbody>
</table></div>`;
}
