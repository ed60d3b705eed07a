import { pageOf } from '../api/cursor.ts';
import { interactionRates, type RateRow } from '../queries/interactionRates.ts';
import { type InteractionRow, interactionsPage } from '../queries/interactionsPage.ts';
import { widgetsByHub } from '../queries/widgetsByHub.ts';
import { chart } from '../ui/chart.ts';
import { exportLinks } from '../ui/exportLinks.ts';
import { pager, withQuery } from '../ui/filters.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { empty, figures, panel } from '../ui/panel.ts';
import { signal } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { count, duration, percent, when } from '../ui/text.ts';
import { type DashboardRequest, defineDashboard, since, spanDays, spans } from './dashboard.ts';

const pageSize = 50;

/** Phase 1. */
export const interactions = defineDashboard({
  phase: 1,
  filters: [
    'hub',
    {
      name: 'outcome',
      label: 'Outcome',
      options: [
        ['', 'Any'],
        ['failed', 'Failed'],
        ['success', 'Success'],
        ['skipped', 'Skipped'],
      ],
    },
    spans,
    { name: 'correlation', label: 'Run or correlation id' },
    { name: 'widget', label: 'Widget' },
  ],
  render: async (request) => {
    const { db, filters, now, url, beforeSeq } = request;
    const days = spanDays(filters);
    const unit = days <= 1 ? 'hour' : 'day';
    const from = since(now, days);
    const [rates, rows, widgets] = await Promise.all([
      interactionRates(db, { from, to: now, unit, hub: filters.hub }),
      interactionsPage(db, filters, beforeSeq, pageSize + 1),
      widgetsByHub(db, filters.hub),
    ]);
    const page = pageOf(rows, pageSize);
    const footer = pager(url, page.next);
    return html`${summary(rates, days)}
${panel({ id: 'rate', title: `Interactions by ${unit}`, body: html`<div class="body">${await rateChart(rates, unit)}</div>` })}
${panel({
  id: 'stream',
  title: filters.correlation ? `Interactions of ${filters.correlation}` : 'Event stream',
  note: 'Newest first. A correlation id follows one run through everything it touched.',
  actions: exportLinks(url),
  body: page.items.length > 0 ? stream(page.items, request) : noInteractions(),
  ...(footer && { footer }),
})}
${panel({
  id: 'widgets',
  title: 'Widgets by hub',
  body:
    widgets.length > 0
      ? table({
          caption: 'Widgets by hub and kind',
          rows: widgets,
          columns: [
            { title: 'Hub', cell: (row) => row.hub },
            { title: 'Kind', cell: (row) => row.kind },
            { title: 'Newest', kind: 'grow', cell: (row) => row.newest },
            { title: 'Widgets', kind: 'end', cell: (row) => count(row.widgets) },
          ],
        })
      : empty('No widgets yet', 'Every stage, pipeline, step and check becomes a widget with its first event.'),
})}`;
  },
  export: {
    columns: [
      'seq',
      'id',
      'hub',
      'widget',
      'kind',
      'outcome',
      'actor',
      'summary',
      'correlation_id',
      'stage',
      'duration_ms',
      'occurred_at',
      'created_at',
    ],
    rows: async (db, filters, beforeSeq, limit) =>
      (await interactionsPage(db, filters, beforeSeq, limit)).map((row) => ({ ...row })),
  },
});

function summary(rates: readonly RateRow[], days: number): Html {
  const failed = rates.reduce((sum, row) => sum + row.failed, 0);
  const all = rates.reduce((sum, row) => sum + row.good + row.failed + row.other, 0);
  return figures('figures', [
    { label: days === 1 ? 'In 24 hours' : `In ${days} days`, value: count(all), note: 'interactions' },
    { label: 'An hour', value: count(all / (days * 24)), note: 'on average' },
    { label: 'Failed', value: count(failed), ...(failed > 0 && { tone: 'danger' as const }) },
    { label: 'Share failed', value: percent(all === 0 ? null : failed / all), note: `of ${count(all)}` },
  ]);
}

function rateChart(rates: readonly RateRow[], unit: 'hour' | 'day'): Promise<Html> {
  const failed = rates.reduce((sum, row) => sum + row.failed, 0);
  return chart({
    kind: 'bar',
    label: `Interactions by ${unit} in UTC, ${failed} of them failed`,
    categories: rates.map(({ at }) =>
      at.toISOString().slice(...(unit === 'hour' ? ([11, 16] as const) : ([5, 10] as const))),
    ),
    series: [
      { name: 'Succeeded', color: 'clear', values: rates.map((row) => row.good) },
      { name: 'Without outcome', color: 'idle', values: rates.map((row) => row.other) },
      { name: 'Failed', color: 'danger', values: rates.map((row) => row.failed) },
    ],
  });
}

function stream(rows: readonly InteractionRow[], { url, now }: DashboardRequest): Html {
  return table({
    caption: 'Interactions, newest first',
    rows,
    columns: [
      { title: 'When', kind: 'tight', cell: (row) => when(row.occurred_at, now) },
      {
        title: 'Outcome',
        kind: 'tight',
        cell: (row) => (row.outcome ? signal(row.outcome) : html`<span class="muted">–</span>`),
      },
      { title: 'Hub', kind: 'tight', cell: (row) => row.hub },
      {
        title: 'What happened',
        kind: 'grow',
        cell: (row) =>
          html`<a href="/lineage/interaction/${row.id}">${row.summary}</a><p>${row.widget}${row.actor ? html` by ${row.actor}` : nothing}</p>`,
      },
      { title: 'Took', kind: 'end', cell: (row) => duration(row.duration_ms) },
      {
        title: 'Correlation',
        kind: 'tight',
        cell: (row) =>
          row.correlation_id === null
            ? html`<span class="muted">–</span>`
            : html`<a class="digest" href="${withQuery(url, { correlation: row.correlation_id, cursor: undefined })}">${row.correlation_id.slice(0, 18)}</a>`,
      },
      { title: 'Event', kind: 'tight', cell: (row) => html`<a href="/interactions/${row.id}">JSON</a>` },
    ],
  });
}

function noInteractions(): Html {
  return empty(
    'Nothing here',
    'Nothing matches these filters, or nothing has been sent yet. Send an event with a key from Settings:',
    html`<pre class="code" tabindex="0">curl -H "Authorization: Bearer $HUB_KEY" -H "Content-Type: application/json" \\
  -d '{"summary":"Hello","event_type":"note","hub":"my-app"}' $HUB_URL/api/v2/progress</pre>`,
  );
}
