import { bottleneckDays, bottleneckSeverity, friction, health } from '../measures/health.ts';
import { type BottleneckRow, bottlenecks } from '../queries/bottlenecks.ts';
import { flakyChecks } from '../queries/flakyChecks.ts';
import { frictionByDay } from '../queries/frictionByDay.ts';
import { type HubHealthRow, hubHealth } from '../queries/hubHealth.ts';
import { openRuns } from '../queries/openRuns.ts';
import { html } from '../ui/html.ts';
import { meter } from '../ui/meter.ts';
import { empty, figures, panel } from '../ui/panel.ts';
import { signal, type Tone } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { count, digest, duration, when } from '../ui/text.ts';
import { defineDashboard, since } from './dashboard.ts';
import { frictionMap } from './frictionMap.ts';

const days = 7;
const dayMs = 86_400_000;

/** Phase 7. */
export const operations = defineDashboard({
  phase: 7,
  filters: ['hub'],
  render: async ({ db, filters, now }) => {
    const hub = filters.hub;
    const from = since(now, days);
    const [burdens, stuck, byDay, flaky, running] = await Promise.all([
      hubHealth(db, hub, from, since(now, bottleneckDays.candidate)),
      bottlenecks(db, hub, now),
      frictionByDay(db, hub, from),
      flakyChecks(db, hub, since(now, 14)),
      openRuns(db, hub),
    ]);
    const hubs = burdens.map((row) => rated(row, stuck)).sort((a, b) => a.health - b.health);
    const worst = hubs[0];
    return html`${figures('figures', [
      { label: 'Hubs', value: count(hubs.length) },
      {
        label: 'Lowest health',
        value: worst ? count(worst.health) : '–',
        ...(worst && { note: worst.hub }),
        ...(worst && worst.health < 60 && { tone: 'danger' as const }),
      },
      { label: 'Bottlenecks', value: count(stuck.length), ...(stuck.length > 0 && { tone: 'caution' as const }) },
      { label: 'Flaky checks', value: count(flaky.length), note: 'in 14 days' },
      { label: 'Running now', value: count(running.length), note: 'locks held' },
    ])}
${panel({
  id: 'health',
  title: 'Health',
  note: 'From 100: 5 for each open candidate, 10 for each regressed outcome in 7 days, 8 for each stale decision, 12 and 6 for critical and high bottlenecks. Worst first.',
  body: hubs.length > 0 ? healthTable(hubs) : empty('No hubs yet', 'An app becomes a hub with its first event.'),
})}
${panel({
  id: 'friction',
  title: 'Friction by day',
  note: '5 for each annotation, 10 for each error, 20 for each regressed outcome; up to 100. The last column adds 8 for each candidate older than 30 days.',
  body: hubs.length > 0 ? frictionMap(hubs, byDay, now, days) : empty('Nothing to show', 'There are no hubs yet.'),
})}
${panel({
  id: 'bottlenecks',
  title: 'Bottlenecks',
  note: 'A candidate after 30 days, a requirement after 60, a decision after 30, a deployment without outcome after 14.',
  body:
    stuck.length > 0
      ? table({
          caption: 'Bottlenecks, worst first',
          rows: stuck,
          columns: [
            {
              title: 'Severity',
              kind: 'tight',
              cell: (row) => signal(bottleneckSeverity(row.age_days, row.limit_days) ?? 'high'),
            },
            {
              title: 'What waits',
              kind: 'grow',
              cell: (row) =>
                html`<a href="/lineage/${row.kind}/${row.id}">${row.title}</a><p>${row.kind} of ${row.hub}</p>`,
            },
            { title: 'Waits', kind: 'end', cell: (row) => duration(row.age_days * dayMs) },
            { title: 'Limit', kind: 'end', cell: (row) => `${row.limit_days} d` },
          ],
        })
      : empty('Nothing waits too long', 'What does appears here with its age.'),
})}
<div class="columns">${panel({
      id: 'flaky',
      title: 'Flaky checks',
      note: 'Yes and no to the same digest on the same stage.',
      body:
        flaky.length > 0
          ? table({
              caption: 'Flaky checks',
              rows: flaky,
              columns: [
                {
                  title: 'Check',
                  kind: 'grow',
                  cell: (row) => html`${row.check}<p>${row.hub}${row.stage ? ` on ${row.stage}` : ''}</p>`,
                },
                { title: 'Digest', kind: 'tight', cell: (row) => digest(row.digest) },
                { title: 'Passed', kind: 'end', cell: (row) => count(row.passed) },
                { title: 'Failed', kind: 'end', cell: (row) => count(row.failed) },
              ],
            })
          : empty('None', 'No check contradicted itself in 14 days.'),
    })}${panel({
      id: 'running',
      title: 'Running now',
      note: 'Each run holds the lock of its app and stage.',
      body:
        running.length > 0
          ? table({
              caption: 'Runs that have not ended',
              rows: running,
              columns: [
                {
                  title: 'Run',
                  kind: 'grow',
                  cell: (row) =>
                    html`<a href="/interactions?correlation=${encodeURIComponent(row.run_id)}">${row.name} ${row.hub}</a><p>${row.stage ?? ''} ${row.step ? `at ${row.step}` : ''}</p>`,
                },
                { title: 'By', kind: 'tight', cell: (row) => row.author ?? '–' },
                { title: 'Since', kind: 'tight', cell: (row) => when(row.started_at, now) },
              ],
            })
          : empty('Nothing runs', 'No lock is held.'),
    })}</div>`;
  },
});

interface RatedHub extends HubHealthRow {
  readonly health: number;
  readonly friction: number;
  readonly bottlenecks: number;
}

function rated(row: HubHealthRow, stuck: readonly BottleneckRow[]): RatedHub {
  const own = stuck.filter(({ hub }) => hub === row.hub);
  const critical = own.filter((one) => bottleneckSeverity(one.age_days, one.limit_days) === 'critical').length;
  return {
    ...row,
    bottlenecks: own.length,
    friction: friction({ ...row, staleCandidates: row.stale_candidates }),
    health: health({
      openCandidates: row.open_candidates,
      regressed: row.regressed,
      staleDecisions: row.stale_decisions,
      criticalBottlenecks: critical,
      highBottlenecks: own.length - critical,
    }),
  };
}

function healthTable(hubs: readonly RatedHub[]) {
  return table({
    caption: 'Hubs by health, worst first',
    rows: hubs,
    columns: [
      { title: 'State', kind: 'tight', cell: (row) => signal(stateOf(row.health), toneOfHealth(row.health)) },
      { title: 'Hub', kind: 'grow', cell: (row) => html`<a href="/triage?hub=${row.hub}">${row.hub}</a>` },
      {
        title: 'Health',
        kind: 'end',
        cell: (row) => html`${row.health}${meter(row.health, toneOfHealth(row.health))}`,
      },
      { title: 'Open candidates', kind: 'end', cell: (row) => count(row.open_candidates) },
      { title: 'Regressed', kind: 'end', cell: (row) => count(row.regressed) },
      { title: 'Stale decisions', kind: 'end', cell: (row) => count(row.stale_decisions) },
      { title: 'Bottlenecks', kind: 'end', cell: (row) => count(row.bottlenecks) },
      { title: 'Friction', kind: 'end', cell: (row) => count(row.friction) },
    ],
  });
}

function stateOf(value: number): string {
  if (value >= 80) return 'healthy';
  return value >= 60 ? 'watch' : 'needs work';
}

function toneOfHealth(value: number): Tone {
  if (value >= 80) return 'clear';
  return value >= 60 ? 'caution' : 'danger';
}
