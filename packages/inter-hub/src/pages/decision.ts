import { notFound } from '../api/mount.ts';
import { Problem } from '../api/problem.ts';
import { mayAct } from '../auth/roles.ts';
import { decide } from '../chain/decide.ts';
import { type DecisionDetail, findDecision } from '../queries/findDecision.ts';
import { csrfField } from '../ui/form.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { panel } from '../ui/panel.ts';
import { signal, tag } from '../ui/signal.ts';
import { moment, when } from '../ui/text.ts';
import { defineAction, definePage, type PageRequest } from './page.ts';
import { verdictIn } from './verdict.ts';

const path = '/governance/:id{[0-9a-f-]{36}}';

export const decisionPage = definePage({
  path,
  role: 'viewer',
  render: async (request) => {
    const row = await findDecision(request.deps.database, request.params.id ?? '');
    if (!row) throw notFound();
    return {
      title: row.title,
      intro: html`${signal(row.status)} ${tag(row.kind, row.kind === 'exception' ? 'caution' : 'idle')}`,
      aside: html`<a class="button quiet" href="/lineage/decision/${row.id}">Lineage</a>`,
      body: html`${panel({ id: 'decision', title: 'Decision', body: facts(row, request.now) })}${verdictForm(row, request)}`,
    };
  },
});

function facts(row: DecisionDetail, now: Date): Html {
  return html`<div class="body"><dl class="facts">
<dt>Hub</dt><dd>${row.hub}</dd>
${row.requirement_id ? html`<dt>Requirement</dt><dd><a href="/lineage/requirement/${row.requirement_id}">${row.requirement}</a></dd>` : nothing}
<dt>Stage</dt><dd>${row.stage ?? '–'}</dd>
<dt>Digest</dt><dd>${row.digest ? html`<code>${row.digest}</code>` : '–'}</dd>
<dt>Asked</dt><dd>${when(row.created_at, now)}</dd>
${row.decided_at ? html`<dt>Decided</dt><dd>${row.decided_by}, ${moment(row.decided_at)}</dd>` : nothing}
</dl>${row.rationale ? html`<div class="prose mt-4">${row.rationale}</div>` : nothing}</div>`;
}

function verdictForm(row: DecisionDetail, { user, csrf }: PageRequest): Html {
  if (row.status !== 'pending') return nothing;
  if (!mayAct(user.role, 'approver')) {
    return html`<p class="notice">An approver decides this. Your role is ${user.role}.</p>`;
  }
  return panel({
    id: 'verdict',
    title: 'Your decision',
    note: 'It cannot be changed afterwards, only superseded by another.',
    body: html`<div class="body"><form method="post" action="/governance/${row.id}/decide" class="form">${csrfField(csrf)}
<div class="field"><label for="rationale">Reasons</label><textarea id="rationale" name="rationale" rows="3" maxlength="2000"></textarea></div>
<div class="form-row"><button class="button" name="verdict" value="accepted">Accept</button><button class="button danger" name="verdict" value="rejected">Reject</button></div>
</form></div>`,
  });
}

export const decideAction = defineAction({
  path: `${path}/decide`,
  role: 'approver',
  handle: async ({ c, deps, user, params, now }, form) => {
    const id = params.id ?? '';
    const verdict = verdictIn(form);
    const rationale = (form.get('rationale') ?? '').trim().slice(0, 2000);
    const actor = { kind: 'user', name: user.email, address: c.get('address') } as const;
    const done = await deps.database.transaction((db) => decide(db, id, { verdict, rationale }, actor, now));
    if (!done) throw new Problem(409, 'not_pending', 'This decision does not wait any more.', 'Look at it again.');
    return c.redirect(`/governance/${id}?done=${verdict}`, 303);
  },
});
