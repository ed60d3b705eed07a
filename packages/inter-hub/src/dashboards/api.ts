import { keysOfConsumers } from '../queries/keysOfConsumers.ts';
import { requestsByRoute } from '../queries/requestRates.ts';
import { requestsByHour } from '../queries/requestsByHour.ts';
import { chart } from '../ui/chart.ts';
import { html } from '../ui/html.ts';
import { empty, figures, panel } from '../ui/panel.ts';
import { table } from '../ui/table.ts';
import { count, percent, when } from '../ui/text.ts';
import { defineDashboard, since } from './dashboard.ts';
import { keyColumns } from './keyColumns.ts';
import { keyState } from './keyState.ts';
import { webhookPanels } from './webhooks.ts';

/** Phase 9. */
export const api = defineDashboard({
  phase: 9,
  filters: [{ name: 'consumer', label: 'Consumer' }],
  render: async (request) => {
    const { db, filters, now } = request;
    const from = since(now, 1);
    const [routes, hours, keys] = await Promise.all([
      requestsByRoute(db, from, filters.consumer),
      requestsByHour(db, from, now),
      keysOfConsumers(db),
    ]);
    const sum = (pick: (row: (typeof routes)[number]) => number) => routes.reduce((total, row) => total + pick(row), 0);
    const requests = sum((row) => row.requests);
    const serverErrors = sum((row) => row.server_errors);
    const errors = serverErrors + sum((row) => row.client_errors);
    return html`${figures('figures', [
      { label: 'Requests', value: count(requests), note: 'in 24 hours' },
      {
        label: 'Refused or failed',
        value: percent(requests === 0 ? null : errors / requests),
        note: `${count(errors)} requests`,
      },
      { label: 'Server errors', value: count(serverErrors), ...(serverErrors > 0 && { tone: 'danger' as const }) },
      { label: 'Over a limit', value: count(sum((row) => row.limited)) },
      { label: 'Keys in use', value: count(keys.filter((key) => keyState(key, now) === 'active').length) },
    ])}
${panel({
  id: 'hours',
  title: 'Requests by hour',
  note: 'Counted every few seconds, over all instances.',
  body: html`<div class="body">${await chart({
    kind: 'bar',
    label: 'Requests to the API by hour in UTC',
    categories: hours.map(({ at }) => at.toISOString().slice(11, 16)),
    series: [
      { name: 'Answered', color: 'accent', values: hours.map((row) => row.good) },
      { name: 'Refused or failed', color: 'danger', values: hours.map((row) => row.failed) },
    ],
  })}</div>`,
})}
${panel({
  id: 'routes',
  title: 'Routes',
  note: 'Of the last 24 hours, those with errors first.',
  body:
    routes.length > 0
      ? table({
          caption: 'Requests by route',
          rows: routes,
          columns: [
            { title: 'Route', kind: 'grow', cell: (row) => html`<code>${row.method} ${row.route}</code>` },
            { title: 'Requests', kind: 'end', cell: (row) => count(row.requests) },
            { title: 'Refused (4xx)', kind: 'end', cell: (row) => count(row.client_errors) },
            { title: 'Limited (429)', kind: 'end', cell: (row) => count(row.limited) },
            { title: 'Failed (5xx)', kind: 'end', cell: (row) => count(row.server_errors) },
            { title: 'Mean', kind: 'end', cell: (row) => `${row.mean_ms.toFixed(1)} ms` },
          ],
        })
      : empty(
          'No requests in 24 hours',
          html`Make a key in <a href="/settings">Settings</a>, then read <a href="/docs">the API reference</a>.`,
        ),
})}
${panel({
  id: 'keys',
  title: 'Consumers and keys',
  body:
    keys.length > 0
      ? table({
          caption: 'Keys',
          rows: keys,
          columns: [
            ...keyColumns(now),
            { title: 'A minute', kind: 'end', cell: (row) => count(row.rate_per_minute) },
            { title: 'A day', kind: 'end', cell: (row) => count(row.daily_quota) },
            { title: 'Last used', kind: 'tight', cell: (row) => when(row.last_used_at, now) },
          ],
        })
      : empty('No keys yet', html`An administrator makes them in <a href="/settings">Settings</a>.`),
})}
${await webhookPanels(request)}`;
  },
});
