import { notFound } from '../api/mount.ts';
import { Problem } from '../api/problem.ts';
import { mayAct } from '../auth/roles.ts';
import { type Resolution, resolveCandidate } from '../chain/resolveCandidate.ts';
import { type AnnotationRow, annotationsOfCandidate } from '../queries/annotationsOfCandidate.ts';
import { type CandidateDetail, findCandidate } from '../queries/findCandidate.ts';
import { hubSlugs } from '../queries/hubSlugs.ts';
import { otherOpenCandidates } from '../queries/otherOpenCandidates.ts';
import { csrfField } from '../ui/form.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { empty, panel } from '../ui/panel.ts';
import { signal, tag, toneOf } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { count, moment, when } from '../ui/text.ts';
import { defineAction, definePage, type PageRequest } from './page.ts';

const path = '/triage/:id{[0-9a-f-]{36}}';

export const candidatePage = definePage({
  path,
  role: 'viewer',
  render: async (request) => {
    const { deps, params, now } = request;
    const id = params.id ?? '';
    const row = await findCandidate(deps.database, id);
    if (!row) throw notFound();
    const [annotations, others, hubs] = await Promise.all([
      annotationsOfCandidate(deps.database, id),
      otherOpenCandidates(deps.database, id),
      hubSlugs(deps.database),
    ]);
    return {
      title: row.title,
      intro: html`${signal(row.status)} ${tag(row.severity, toneOf(row.severity))} seen ${row.occurrences === 1 ? 'once' : `${count(row.occurrences)} times`}, weight ${count(row.weight)}`,
      aside: html`<a class="button quiet" href="/lineage/candidate/${row.id}">Lineage</a>`,
      body: html`${panel({ id: 'what', title: 'What is known', body: facts(row, now) })}
${
  row.status === 'open'
    ? choices(
        row,
        others,
        hubs.filter((slug) => slug !== row.hub),
        request,
      )
    : nothing
}
${panel({ id: 'annotations', title: 'What was seen', body: seen(annotations, now) })}`,
    };
  },
});

function facts(row: CandidateDetail, now: Date): Html {
  return html`<div class="body"><dl class="facts">
<dt>Hub</dt><dd>${row.hub}</dd>
<dt>First seen</dt><dd>${when(row.created_at, now)}</dd>
<dt>Last seen</dt><dd>${when(row.last_seen_at, now)}</dd>
${row.resolved_at ? html`<dt>Moved on</dt><dd>${row.resolved_by}, ${moment(row.resolved_at)}${row.resolution ? html`: ${row.resolution}` : nothing}</dd>` : nothing}
</dl>${row.body ? html`<div class="prose mt-4">${row.body}</div>` : nothing}</div>`;
}

function choices(
  row: CandidateDetail,
  others: readonly { id: string; title: string }[],
  hubs: readonly string[],
  { user, csrf }: PageRequest,
): Html {
  if (!mayAct(user.role, 'operator')) return html`<p class="notice">An operator decides what becomes of it.</p>`;
  const form = (to: string, content: Html) =>
    html`<form method="post" action="/triage/${row.id}/resolve" class="form-row">${csrfField(csrf)}<input type="hidden" name="to" value="${to}">${content}</form>`;
  return panel({
    id: 'choices',
    title: 'What becomes of it',
    body: html`<div class="body grid grid-cols-1 gap-4">
${form('accepted', html`<button class="button">Accept as a requirement</button>`)}
${others.length > 0 ? form('merged', html`<div class="field"><label for="into">Merge into</label><select id="into" name="into">${others.map(({ id, title }) => html`<option value="${id}">${title.slice(0, 90)}</option>`)}</select></div><button class="button quiet">Merge</button>`) : nothing}
${hubs.length > 0 ? form('routed', html`<div class="field"><label for="hub">Route to</label><select id="hub" name="hub">${hubs.map((slug) => html`<option>${slug}</option>`)}</select></div><button class="button quiet">Route</button>`) : nothing}
${form('rejected', html`<div class="field"><label for="reason">Reason</label><input id="reason" name="reason" required maxlength="500"></div><button class="button danger">Reject</button>`)}
</div>`,
  });
}

function seen(rows: readonly AnnotationRow[], now: Date): Html {
  if (rows.length === 0) return empty('Added by hand', 'No failure stands behind it.');
  return table({
    caption: 'Annotations, newest first',
    rows,
    columns: [
      { title: 'When', kind: 'tight', cell: (row) => when(row.created_at, now) },
      { title: 'Severity', kind: 'tight', cell: (row) => tag(row.severity, toneOf(row.severity)) },
      {
        title: 'What',
        kind: 'grow',
        cell: (row) =>
          html`<a href="/lineage/annotation/${row.id}">${row.body.slice(0, 300)}</a><p>${row.widget ?? ''}${row.stage ? html` on ${row.stage}` : nothing}</p>${
            Object.keys(row.evidence).length > 0
              ? html`<details class="raw"><summary>Evidence</summary><pre class="code" tabindex="0">${JSON.stringify(row.evidence, null, 2)}</pre></details>`
              : nothing
          }`,
      },
      { title: 'By', kind: 'tight', cell: (row) => row.author },
      {
        title: 'Run',
        kind: 'tight',
        cell: (row) =>
          row.correlation_id
            ? html`<a href="/interactions?correlation=${encodeURIComponent(row.correlation_id)}">${row.correlation_id.slice(0, 16)}</a>`
            : '–',
      },
    ],
  });
}

export const resolveAction = defineAction({
  path: `${path}/resolve`,
  role: 'operator',
  handle: async ({ c, deps, user, params, now }, form) => {
    const id = params.id ?? '';
    const resolution = read(form);
    const actor = { kind: 'user', name: user.email, address: c.get('address') } as const;
    const done = await deps.database.transaction((db) => resolveCandidate(db, id, resolution, actor, now));
    if (!done) throw new Problem(409, 'not_open', 'This candidate is not open any more.', 'Look at it again.');
    return c.redirect(`/triage/${id}?done=candidate`, 303);
  },
});

function read(form: URLSearchParams): Resolution {
  const to = form.get('to');
  if (to === 'accepted') return { to };
  if (to === 'merged') return { to, into: form.get('into') ?? '' };
  if (to === 'routed') return { to, hub: form.get('hub') ?? '' };
  const reason = (form.get('reason') ?? '').trim().slice(0, 500);
  if (to === 'rejected' && reason !== '') return { to, reason };
  throw new Problem(422, 'invalid_body', 'Say what becomes of it; a rejection needs a reason.', 'Use the page.');
}
