import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { type Approval, approvalSchema, type KeptApproval, needsApproval, standingOf } from './approval.ts';
import type { Digest } from './artifact.ts';
import type { Stage } from './stage.ts';

const [digest, other] = ['a', 'b'].map((letter) => `sha256:${letter.repeat(64)}` as Digest) as [Digest, Digest];
const now = new Date('2026-03-01T12:00:00Z');
const question = { target: { app: 'probe', stage: 'production' }, digest };

function kept(more: Partial<KeptApproval> = {}, approval: Partial<Approval> = {}): KeptApproval {
  return {
    sound: true,
    ...more,
    approval: {
      schema: approvalSchema,
      ...question.target,
      ...{ id: 'id', digest, tag: 'v1', by: 'ada' },
      givenAt: '2026-03-01T11:00:00Z',
      expiresAt: '2026-03-02T11:00:00Z',
      ...approval,
    },
  };
}

describe('a yes', () => {
  const withdrawn = { by: 'bob', at: '2026-03-01T11:30:00Z' };
  const expired = { expiresAt: '2026-03-01T12:00:00Z' };
  const refusals: readonly { name: string; list: readonly KeptApproval[]; why: RegExp }[] = [
    { name: 'that nobody gave', list: [], why: /nobody has said yes/ },
    { name: 'to another version', list: [kept({}, { digest: other })], why: /ada's yes is for v1 \(sha256:bbbb/ },
    { name: 'for another stage', list: [kept({}, { stage: 'canary' })], why: /is for probe on canary/ },
    { name: 'for another app', list: [kept({}, { app: 'shop' })], why: /is for shop on production/ },
    { name: 'that expired', list: [kept({}, expired)], why: /expired at 2026-03-01T12:00:00Z/ },
    { name: 'that was used', list: [kept({ usedBy: '000001-aaaaaaaa' })], why: /used by run 000001-aaaaaaaa/ },
    { name: 'that was taken back', list: [kept({ withdrawn })], why: /bob took the yes back/ },
    { name: 'that was changed by hand', list: [kept({ sound: false })], why: /signature does not fit/ },
    {
      name: 'of several: the reason of the nearest',
      list: [kept({}, { digest: other }), kept({ usedBy: 'x' }), kept({}, { stage: 'canary' })],
      why: /used by run x/,
    },
  ];
  for (const { name, list, why } of refusals) {
    test(`${name} does not stand`, () => {
      const standing = standingOf(list, question, now);
      assert.ok(!standing.stands);
      assert.match(standing.why, why);
    });
  }

  test('stands beside others that do not, and the newest one is named', () => {
    const newer = kept({}, { id: 'newer', givenAt: '2026-03-01T11:50:00Z' });
    const standing = standingOf([kept(), kept({ withdrawn }), newer], question, now);
    assert.equal(standing.stands && standing.approval.id, 'newer');
  });

  test('that a run has taken holds for that run, also when its time is over, until it is taken back', () => {
    const asked = { ...question, runId: 'run' };
    assert.ok(standingOf([kept({ usedBy: 'run' }, expired)], asked, now).stands);
    assert.ok(!standingOf([kept({ usedBy: 'run', withdrawn })], asked, now).stands);
  });
});

describe('a yes is needed', () => {
  const stage = (more: Partial<Stage> = {}): Stage => ({
    ...{ name: 'production', engine: 'local', production: true, settings: {} },
    ...more,
  });
  const app = (criticality: 'high' | 'critical', approval?: boolean) => ({
    criticality,
    deploy: { values: [], ...(approval !== undefined && { approval }) },
  });
  const cases = [
    { name: 'for a critical app in production', of: app('critical'), on: stage(), needed: true },
    { name: 'not where the app says so', of: app('critical', false), on: stage(), needed: false },
    { name: 'not for a critical app elsewhere', of: app('critical'), on: stage({ production: false }), needed: false },
    { name: 'not for a less critical one', of: app('high'), on: stage(), needed: false },
    { name: 'where the app asks for it', of: app('high', true), on: stage({ production: false }), needed: true },
    {
      name: 'where the stage does, whatever the app says',
      of: app('high', false),
      on: stage({ approval: true }),
      needed: true,
    },
  ];
  for (const { name, of, on, needed } of cases) test(name, () => assert.equal(needsApproval(of, on), needed));
});
