import { pageOf } from '../api/cursor.ts';
import { type Delivery, measure } from '../measures/delivery.ts';
import { deliveries } from '../queries/deliveries.ts';
import { promotionBoard } from '../queries/promotionBoard.ts';
import { type RunRow, runsPage } from '../queries/runsPage.ts';
import { chart } from '../ui/chart.ts';
import { exportLinks } from '../ui/exportLinks.ts';
import { pager } from '../ui/filters.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { empty, panel } from '../ui/panel.ts';
import { signal } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { duration, when } from '../ui/text.ts';
import { board } from './board.ts';
import { defineDashboard, since } from './dashboard.ts';
import { deliveryFigures } from './deliveryFigures.ts';
import { stepList } from './stepList.ts';

const pageSize = 20;
const dayMs = 86_400_000;

/** Phase 4. */
export const deployments = defineDashboard({
  phase: 4,
  filters: [
    'hub',
    { name: 'stage', label: 'Stage of the runs' },
    {
      name: 'span',
      label: 'Measured over',
      options: [
        ['', '30 days'],
        ['7', '7 days'],
        ['90', '90 days'],
      ],
    },
  ],
  render: async ({ db, filters, now, url, beforeSeq }) => {
    const { hub, stage } = filters;
    const days = Number(filters.span ?? 30);
    const [stages, delivered, rows] = await Promise.all([
      promotionBoard(db, hub, now),
      deliveries(db, hub, 'production', since(now, 2 * days)),
      runsPage(db, { hub, stage, beforeSeq, limit: pageSize + 1 }),
    ]);
    const page = pageOf(rows, pageSize);
    const footer = pager(url, page.next);
    const endMs = now.getTime() + 1;
    const middleMs = endMs - days * dayMs;
    return html`${panel({
      id: 'board',
      title: 'Promotion board',
      note: 'Each line is an app, each stop a stage; what needs a look comes first.',
      body:
        stages.length > 0
          ? board(stages, now)
          : empty(
              'Nothing deployed yet',
              'The first release that goes live on any stage draws its line here.',
              html`<pre class="code" tabindex="0">railiance deploy my-app</pre>`,
            ),
    })}
${deliveryFigures(measure(delivered, middleMs, endMs), measure(delivered, middleMs - days * dayMs, middleMs), days)}
${panel({
  id: 'per-day',
  title: 'Deployments to production by day',
  body:
    delivered.length > 0
      ? html`<div class="body">${await perDay(delivered, middleMs, days)}</div>`
      : empty('None in this span', 'Canaries and other stages do not count as production.'),
})}
${panel({
  id: 'runs',
  title: 'Runs',
  note: 'Steps in order, with how long each took.',
  actions: exportLinks(url),
  body: page.items.length > 0 ? runTable(page.items, now) : empty('No runs', 'A run appears with its first event.'),
  ...(footer && { footer }),
})}`;
  },
  export: {
    columns: [
      'seq',
      'run_id',
      'hub',
      'stage',
      'name',
      'status',
      'cause',
      'author',
      'started_at',
      'finished_at',
      'steps',
    ],
    rows: async (db, { hub, stage }, beforeSeq, limit) =>
      (await runsPage(db, { hub, stage, beforeSeq, limit })).map((row) => ({ ...row })),
  },
});

function perDay(delivered: readonly Delivery[], fromMs: number, days: number): Promise<Html> {
  const counted = Array.from({ length: days }, () => ({ good: 0, bad: 0 }));
  for (const { kind, finishedMs, failed } of delivered) {
    const day = counted[Math.floor((finishedMs - fromMs) / dayMs)];
    if (!day || kind === 'rollback') continue;
    if (failed) day.bad += 1;
    else day.good += 1;
  }
  return chart({
    kind: 'bar',
    label: `Deployments to production by day over ${days} days`,
    categories: counted.map((_, day) => new Date(fromMs + (day + 1) * dayMs).toISOString().slice(5, 10)),
    series: [
      { name: 'Good', color: 'accent', values: counted.map(({ good }) => good) },
      { name: 'Failed or rolled back', color: 'danger', values: counted.map(({ bad }) => bad) },
    ],
  });
}

export function runTable(rows: readonly RunRow[], now: Date): Html {
  return table({
    caption: 'Runs, newest first',
    rows,
    columns: [
      { title: 'Result', kind: 'tight', cell: (row) => signal(row.status) },
      {
        title: 'Run',
        kind: 'grow',
        cell: (row) =>
          html`<a href="/interactions?correlation=${encodeURIComponent(row.run_id)}">${row.name} ${row.hub}${row.stage ? html` on ${row.stage}` : nothing}</a>${
            row.cause ? html`<p>${row.cause}</p>` : nothing
          }`,
      },
      { title: 'Steps', kind: 'grow', cell: (row) => stepList(row.steps) },
      { title: 'By', kind: 'tight', cell: (row) => row.author ?? '–' },
      { title: 'Started', kind: 'tight', cell: (row) => when(row.started_at ?? row.finished_at, now) },
      {
        title: 'Took',
        kind: 'end',
        cell: (row) =>
          row.started_at && row.finished_at ? duration(row.finished_at.getTime() - row.started_at.getTime()) : '–',
      },
    ],
  });
}
