import assert from 'node:assert/strict';
import { decideApproval } from '../approvals/approvals.ts';
import type { Deps } from '../deps.ts';
import type { Client } from './hub.ts';
import { sampleApprovals, sampleDecision, sampleEvents, sampleProposal } from './sampleTeam.ts';
import { workplanText } from './workplan.ts';

const perBatch = 500;

/** Fills a hub with two weeks of a small team through its own API. */
export async function fillHub(deps: Deps, ask: Client): Promise<void> {
  const events = sampleEvents(deps.clock());
  for (let start = 0; start < events.length; start += perBatch) {
    const batch = events.slice(start, start + perBatch);
    const answer = await ask('POST', '/events', batch, { 'content-type': 'application/cloudevents-batch+json' });
    assert.equal(answer.status, 200, await answer.clone().text());
  }
  await ask('POST', '/progress', {
    summary: 'Workplan IHUB deployed',
    event_type: 'task_status_changed',
    hub: 'inter-hub',
  });
  await ask('PUT', '/workplans', { markdown: workplanText, path: 'workplans/TEAM-WP-0007.md' });
  const next = workplanText.replace('TEAM-WP-0007', 'TEAM-WP-0008').replace('TEAM-WP-0001', 'TEAM-WP-0007');
  await ask('PUT', '/workplans', { markdown: next.replace('Probe — first deployment', 'Probe — canary') });
  await deps.projector.wake();
  for (const wanted of sampleApprovals) assert.equal((await ask('POST', '/approvals', wanted)).status, 201);
  const given = await ask('POST', '/approvals', { ...sampleApprovals[0], stage: 'canary' });
  const { id } = (await given.json()) as { id: string };
  const actor = { kind: 'user', name: 'ada@example.org' } as const;
  await deps.database.transaction((db) =>
    decideApproval(db, id, 'approved', actor, 'Looked at the dashboards', deps.clock()),
  );
  const agent = { name: 'distiller', provider: 'example', models: ['small-1'], budget_cents: 2000 };
  const { id: agent_id } = (await (await ask('POST', '/agents', agent)).json()) as { id: string };
  await ask('POST', '/proposals', { ...sampleProposal, agent_id });
  await ask('POST', '/decision-records', sampleDecision);
  await deps.projector.wake();
  await deps.usage.flush(deps.clock());
}
