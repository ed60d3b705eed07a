import { notFound } from '../api/mount.ts';
import { Problem } from '../api/problem.ts';
import { decideApproval, type Verdict } from '../approvals/approvals.ts';
import { mayAct } from '../auth/roles.ts';
import type { ApprovalRow } from '../queries/approvalsList.ts';
import { findApproval } from '../queries/findApproval.ts';
import { csrfField } from '../ui/form.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { panel } from '../ui/panel.ts';
import { signal } from '../ui/signal.ts';
import { moment, when } from '../ui/text.ts';
import { type Action, defineAction, definePage, type PageRequest } from './page.ts';

export const approvalPage = definePage({
  path: '/approvals/:id{[0-9a-f-]{36}}',
  role: 'viewer',
  render: async (request) => {
    const row = await findApproval(request.deps.database, request.params.id ?? '', request.now);
    if (!row) throw notFound();
    return {
      title: `${row.hub} on ${row.stage}`,
      intro: html`${signal(row.status)} ${row.tag ?? ''}`,
      body: html`${panel({ id: 'question', title: 'What is asked', body: facts(row, request.now) })}${decision(row, request)}`,
    };
  },
});

function facts(row: ApprovalRow, now: Date): Html {
  return html`<div class="body"><dl class="facts">
<dt>App</dt><dd>${row.hub}</dd>
<dt>Stage</dt><dd>${row.stage}</dd>
<dt>Version</dt><dd>${row.tag ?? '–'}</dd>
<dt>Digest</dt><dd><code>${row.digest}</code></dd>
<dt>Asked by</dt><dd>${row.requested_by}, ${when(row.created_at, now)}</dd>
<dt>Reason</dt><dd>${row.reason ?? '–'}</dd>
${row.run_id ? html`<dt>Run</dt><dd><a href="/interactions?correlation=${encodeURIComponent(row.run_id)}">${row.run_id}</a></dd>` : nothing}
${row.decided_at ? html`<dt>Decided</dt><dd>${row.decided_by}, ${moment(row.decided_at)}${row.comment ? html`: ${row.comment}` : nothing}</dd>` : html`<dt>Ends</dt><dd>${when(row.expires_at, now)}</dd>`}
<dt>Record</dt><dd><a href="/lineage/approval/${row.id}">Lineage</a></dd>
</dl>${Object.keys(row.evidence).length > 0 ? html`<pre class="code mt-4" tabindex="0">${JSON.stringify(row.evidence, null, 2)}</pre>` : nothing}</div>`;
}

function decision(row: ApprovalRow, { user, csrf }: PageRequest): Html {
  if (row.status !== 'waiting') return nothing;
  if (!mayAct(user.role, 'approver')) {
    return html`<p class="notice">An approver decides this. Your role is ${user.role}.</p>`;
  }
  return panel({
    id: 'decision',
    title: 'Your decision',
    note: 'It cannot be changed afterwards. Whoever waits is told at once.',
    body: html`<div class="body"><form method="post" class="form">${csrfField(csrf)}
<div class="field"><label for="comment">Comment</label><textarea id="comment" name="comment" rows="3" maxlength="2000"></textarea></div>
<input type="hidden" name="digest" value="${row.digest}">
<div class="form-row"><button class="button" formaction="/approvals/${row.id}/approve">Approve ${row.tag ?? 'this digest'} for ${row.stage}</button><button class="button danger" formaction="/approvals/${row.id}/reject">Reject</button></div>
</form></div>`,
  });
}

function verdictAction(name: string, verdict: Verdict): Action {
  return defineAction({
    path: `/approvals/:id{[0-9a-f-]{36}}/${name}`,
    role: 'approver',
    handle: async ({ c, deps, user, params, now }, form) => {
      const id = params.id ?? '';
      const row = await findApproval(deps.database, id, now);
      if (!row) throw notFound();
      // The page names the digest it showed: a yes is to what was seen.
      if (form.get('digest') !== row.digest) throw stale();
      const actor = { kind: 'user', name: user.email, address: c.get('address') } as const;
      const comment = (form.get('comment') ?? '').slice(0, 2000) || null;
      const done = await deps.database.transaction((db) => decideApproval(db, id, verdict, actor, comment, now));
      if (!done) throw stale();
      return c.redirect(`/approvals/${id}?done=${verdict}`, 303);
    },
  });
}

function stale(): Problem {
  return new Problem(
    409,
    'not_waiting',
    'This approval does not wait any more, or is for something else.',
    'Look at it again.',
  );
}

export const approve = verdictAction('approve', 'approved');
export const reject = verdictAction('reject', 'rejected');
