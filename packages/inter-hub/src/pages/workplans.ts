import { notFound } from '../api/mount.ts';
import { findWorkplan, type WorkplanDetail } from '../queries/findWorkplan.ts';
import { type ProgressRow, progressOfWorkplan } from '../queries/progressOfWorkplan.ts';
import { workplansList } from '../queries/workplansList.ts';
import { filterBar, readFilters } from '../ui/filters.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { meter } from '../ui/meter.ts';
import { empty, figures, panel } from '../ui/panel.ts';
import { signal, tag } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { count, when } from '../ui/text.ts';
import { definePage } from './page.ts';
import { workplanGraph } from './workplanGraph.ts';

const filters = [{ name: 'repo', label: 'Repository' }];

export const workplansPage = definePage({
  path: '/workplans',
  role: 'viewer',
  render: async ({ deps, url, now }) => {
    const values = readFilters(filters, url);
    const rows = await workplansList(deps.database, now, values.repo);
    const graph = workplanGraph(rows);
    const waiting = rows.filter((row) => row.waits_for.length > 0 || row.status === 'blocked');
    return {
      title: 'Workplans',
      intro: 'As they stand in git. What is blocked or stale comes first.',
      body: html`${filterBar(filters, values)}${figures('figures', [
        { label: 'Workplans', value: count(rows.length) },
        {
          label: 'Blocked or waiting',
          value: count(waiting.length),
          ...(waiting.length > 0 && { tone: 'caution' as const }),
        },
        {
          label: 'Stale',
          value: count(rows.filter((row) => row.stale).length),
          note: 'open, and untouched for 30 days',
        },
      ])}${graph ? panel({ id: 'graph', title: 'What depends on what', body: graph }) : nothing}${panel({
        id: 'workplans',
        title: 'Plans',
        body:
          rows.length > 0
            ? table({
                caption: 'Workplans',
                rows,
                columns: [
                  { title: 'Status', kind: 'tight', cell: (row) => signal(row.status) },
                  {
                    title: 'Plan',
                    kind: 'grow',
                    cell: (row) =>
                      html`<a href="/workplans/${row.key}">${row.title}</a><p>${row.key}${row.stale ? html` ${tag('stale', 'caution')}` : nothing}</p>`,
                  },
                  { title: 'Waits for', cell: (row) => (row.waits_for.length > 0 ? names(row.waits_for) : '–') },
                  { title: 'Repository', kind: 'tight', cell: (row) => row.repo ?? '–' },
                  { title: 'Owner', kind: 'tight', cell: (row) => row.owner ?? '–' },
                  { title: 'Updated', kind: 'tight', cell: (row) => row.updated_on ?? '–' },
                  {
                    title: 'Tasks',
                    kind: 'end',
                    cell: (row) =>
                      html`${row.done} of ${row.tasks}${row.tasks > 0 ? meter((100 * row.done) / row.tasks, 'clear') : nothing}`,
                  },
                ],
              })
            : empty(
                'No workplans',
                'Sync one from its file, for instance at the end of a pipeline:',
                html`<pre class="code" tabindex="0">jq -Rs '{markdown: .}' workplans/MY-WP-0001.md |
  curl -X PUT -H "Authorization: Bearer $HUB_KEY" \\
    -H "Content-Type: application/json" -d @- \\
    $HUB_URL/api/v2/workplans</pre>`,
              ),
      })}`,
    };
  },
});

/** @param unsynced has no page to lead to */
function names(keys: readonly string[], unsynced: readonly string[] = []): Html {
  return html`${keys.map((key) =>
    unsynced.includes(key)
      ? html`${key} <span class="muted">(not synced)</span> `
      : html`<a href="/workplans/${key}">${key}</a> `,
  )}`;
}

export const workplanPage = definePage({
  path: '/workplans/:key',
  role: 'viewer',
  render: async ({ deps, params, now }) => {
    const plan = await findWorkplan(deps.database, (params.key ?? '').replaceAll('\0', ''));
    if (!plan) throw notFound();
    const progress = await progressOfWorkplan(deps.database, plan.key, 30);
    return {
      title: plan.title,
      intro: html`${signal(plan.status)} ${plan.key}`,
      body: html`<div class="columns wide-left">${panel({ id: 'tasks', title: 'Tasks', body: tasks(plan) })}
${panel({ id: 'facts', title: 'Plan', body: facts(plan, now) })}</div>
${panel({ id: 'progress', title: 'Progress', note: 'Events that name this plan, its workstream or a task of it, newest first.', body: progressTable(progress, now) })}
${panel({ id: 'text', title: 'Text', note: plan.path ?? 'As it was synced.', body: html`<div class="body"><pre class="code" tabindex="0">${plan.markdown}</pre></div>` })}`,
    };
  },
});

function progressTable(rows: readonly ProgressRow[], now: Date): Html {
  if (rows.length === 0)
    return empty('No progress yet', 'POST /api/v2/progress with its id as workstream_id, or a task’s as task_id.');
  return table({
    caption: 'Progress, newest first',
    rows,
    columns: [
      { title: 'When', kind: 'tight', cell: (row) => when(row.at, now) },
      { title: 'What', kind: 'grow', cell: (row) => html`<a href="/lineage/interaction/${row.id}">${row.summary}</a>` },
      { title: 'Kind', kind: 'tight', cell: (row) => tag(row.kind.replaceAll('_', ' ')) },
      { title: 'By', kind: 'tight', cell: (row) => row.actor ?? '–' },
    ],
  });
}

function tasks(plan: WorkplanDetail): Html {
  if (plan.tasks.length === 0) return empty('No tasks', 'A heading like “### R1 — Do it” is a task.');
  return table({
    caption: 'Tasks',
    rows: plan.tasks,
    columns: [
      { title: 'Status', kind: 'tight', cell: (task) => signal(task.status) },
      { title: 'Key', kind: 'tight', cell: (task) => task.key },
      { title: 'Task', kind: 'grow', cell: (task) => task.title },
      { title: 'Priority', kind: 'tight', cell: (task) => task.priority ?? '–' },
    ],
  });
}

function facts(plan: WorkplanDetail, now: Date): Html {
  return html`<div class="body"><dl class="facts">
<dt>Type</dt><dd>${plan.type}</dd>
<dt>Domain</dt><dd>${plan.domain ?? '–'}</dd>
<dt>Repository</dt><dd>${plan.repo ?? '–'}</dd>
<dt>Owner</dt><dd>${plan.owner ?? '–'}</dd>
<dt>Depends on</dt><dd>${plan.depends_on.length > 0 ? names(plan.depends_on, plan.unsynced) : '–'}</dd>
<dt>Needed by</dt><dd>${plan.needed_by.length > 0 ? names(plan.needed_by) : '–'}</dd>
<dt>Created</dt><dd>${plan.created_on ?? '–'}</dd>
<dt>Updated</dt><dd>${plan.updated_on ?? '–'}</dd>
<dt>Workstream</dt><dd>${plan.state_hub_workstream_id ?? '–'}</dd>
<dt>Synced</dt><dd>${when(plan.synced_at, now)}</dd>
</dl></div>`;
}
