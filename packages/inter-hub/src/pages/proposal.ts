import { notFound } from '../api/mount.ts';
import { Problem } from '../api/problem.ts';
import { mayAct } from '../auth/roles.ts';
import { judgeProposal } from '../chain/judgeProposal.ts';
import { findProposal, type ProposalDetail } from '../queries/findProposal.ts';
import { csrfField } from '../ui/form.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { panel } from '../ui/panel.ts';
import { signal } from '../ui/signal.ts';
import { moment, when } from '../ui/text.ts';
import { defineAction, definePage, type PageRequest } from './page.ts';
import { verdictIn } from './verdict.ts';

const path = '/agent-audit/:id{[0-9a-f-]{36}}';

export const proposalPage = definePage({
  path,
  role: 'viewer',
  render: async (request) => {
    const row = await findProposal(request.deps.database, request.params.id ?? '');
    if (!row) throw notFound();
    return {
      title: row.title,
      intro: html`${signal(row.status)} proposed by ${row.agent}`,
      body: html`${panel({ id: 'proposal', title: 'Proposal', body: facts(row, request.now) })}${verdictForm(row, request)}`,
    };
  },
});

function facts(row: ProposalDetail, now: Date): Html {
  return html`<div class="body"><dl class="facts">
<dt>Kind</dt><dd>${row.kind}</dd>
<dt>Agent</dt><dd>${row.agent}${row.model ? html`, ${row.model}` : nothing}</dd>
<dt>Hub</dt><dd>${row.hub ?? '–'}</dd>
<dt>Proposed</dt><dd>${when(row.created_at, now)}</dd>
${row.verdict_at ? html`<dt>Verdict</dt><dd>${row.verdict_by}, ${moment(row.verdict_at)}</dd>` : nothing}
${row.candidate_id ? html`<dt>Became</dt><dd><a href="/triage/${row.candidate_id}">a candidate</a></dd>` : nothing}
</dl>${row.body ? html`<div class="prose mt-4">${row.body}</div>` : nothing}</div>`;
}

function verdictForm(row: ProposalDetail, { user, csrf }: PageRequest): Html {
  if (row.status !== 'proposed') return nothing;
  if (!mayAct(user.role, 'operator')) return html`<p class="notice">An operator gives the verdict.</p>`;
  return panel({
    id: 'verdict',
    title: 'Your verdict',
    note: row.hub === null ? 'It cannot be changed afterwards.' : 'Accepted, it becomes a candidate in triage.',
    body: html`<div class="body"><form method="post" action="/agent-audit/${row.id}/verdict" class="form-row">${csrfField(csrf)}
<button class="button" name="verdict" value="accepted">Accept</button><button class="button danger" name="verdict" value="rejected">Reject</button></form></div>`,
  });
}

export const verdictAction = defineAction({
  path: `${path}/verdict`,
  role: 'operator',
  handle: async ({ c, deps, user, params, now }, form) => {
    const id = params.id ?? '';
    const verdict = verdictIn(form);
    const actor = { kind: 'user', name: user.email, address: c.get('address') } as const;
    const done = await deps.database.transaction((db) => judgeProposal(db, id, verdict, actor, now));
    if (!done) throw new Problem(409, 'not_proposed', 'This proposal does not wait any more.', 'Look at it again.');
    return c.redirect(`/agent-audit/${id}?done=${verdict}`, 303);
  },
});
