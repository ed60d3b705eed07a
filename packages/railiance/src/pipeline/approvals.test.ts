import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { type Approval, approvalSchema, type KeptApproval } from '../domain/approval.ts';
import type { Digest } from '../domain/artifact.ts';
import { systemClock } from '../domain/clock.ts';
import { target } from '../domain/name.ts';
import { createApprovals, type HubWord } from './approvals.ts';

const digest: Digest = `sha256:${'a'.repeat(64)}`;
const question = { target: target('probe', 'production'), digest, runId: 'run-1' };
const hub = { url: 'https://hub', id: 'h' };

function yesGiven(more: Partial<Approval> = {}): KeptApproval {
  const approval: Approval = {
    schema: approvalSchema,
    ...question.target,
    ...{ id: 'id', digest, tag: 'v1', by: 'ada' },
    givenAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
    ...more,
  };
  return { approval, sound: true };
}

function stage(more: Partial<Approval> = {}, word: HubWord = 'approved', onTake = (kept: KeptApproval) => kept) {
  let kept = yesGiven(more);
  const store = {
    list: async () => [kept],
    take: async (_target: unknown, _id: string, runId: string) => {
      kept = onTake({ ...kept, usedBy: kept.usedBy ?? runId });
    },
  };
  return createApprovals({ store, clock: systemClock, askHub: async () => word });
}

describe('the yes at the moment of change', () => {
  test('is looked at as often as one likes, and taken once', async () => {
    const approvals = stage();
    for (const _ of [1, 2]) assert.equal((await approvals.check(question)).verdict, 'pass');
    assert.equal((await approvals.take(question)).verdict, 'pass');
    assert.equal((await approvals.take(question)).verdict, 'pass', 'a run that was cut off in its gate comes again');
    const second = await approvals.take({ ...question, runId: 'run-2' });
    assert.equal(second.verdict, 'fail');
    assert.match(second.summary, /was used by run run-1/);
    assert.match(second.hint ?? '', /railiance approve probe --stage production --digest sha256:aaaa/);
  });

  test('that another run takes at the same moment is not given twice', async () => {
    const approvals = stage({}, 'approved', (kept) => ({ ...kept, usedBy: 'faster' }));
    assert.equal((await approvals.take(question)).verdict, 'fail');
  });

  test('of two, the one that another run takes first is not given twice, nor the other one left untaken', async () => {
    const both = ['1', '2'].map((id) => yesGiven({ id, givenAt: `2031-01-0${id}` }));
    const kept = new Map(both.map((one) => [one.approval.id, one]));
    const store = {
      list: async () => [...kept.values()],
      take: async (_target: unknown, id: string, runId: string) => {
        const one = kept.get(id) as KeptApproval;
        kept.set(id, { ...one, usedBy: id === '2' ? 'faster' : (one.usedBy ?? runId) });
      },
    };
    const approvals = createApprovals({ store, clock: systemClock, askHub: async () => 'approved' });
    assert.equal((await approvals.take(question)).verdict, 'pass');
    assert.equal(kept.get('1')?.usedBy, 'run-1');
    assert.equal((await approvals.take({ ...question, runId: 'run-2' })).verdict, 'fail');
  });

  test('that is taken back at the same moment does not count', async () => {
    const withdrawn = { by: 'bob', at: 'now' };
    const approvals = stage({}, 'approved', (kept) => ({ ...kept, withdrawn }));
    assert.match((await approvals.take(question)).summary, /bob took the yes back/);
  });

  test('that a hub has given is asked there again; what the hub does not say does not pass', async () => {
    assert.equal((await stage({ hub }).take(question)).verdict, 'pass');
    assert.equal((await stage({ hub }, 'not approved').take(question)).verdict, 'fail');
    assert.equal((await stage({ hub }, 'unknown').take(question)).verdict, 'unknown');
  });
});
