import type { KeyRow } from '../queries/keysOfConsumers.ts';
import { html } from '../ui/html.ts';
import { signal, tag } from '../ui/signal.ts';
import type { Column } from '../ui/table.ts';
import { keyState } from './keyState.ts';

/** What tells one key from another, and what it may do: every table of keys begins with these. */
export function keyColumns(now: Date): readonly Column<KeyRow>[] {
  return [
    { title: 'State', kind: 'tight', cell: (row) => signal(keyState(row, now)) },
    { title: 'Consumer', kind: 'grow', cell: (row) => row.consumer },
    { title: 'Key', kind: 'tight', cell: (row) => html`<code>${row.prefix}…</code>` },
    { title: 'Scopes', cell: (row) => html`${row.scopes.map((scope) => html`${tag(scope)} `)}` },
  ];
}
