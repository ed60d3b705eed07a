import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';

import type { Digest } from '../../domain/artifact.ts';
import { Secret } from '../../domain/secret.ts';
import { type CloudEvent, eventsAt } from '../cloudEvent.ts';
import { hubApprovals } from './hubApprovals.ts';
import { createHubCaller } from './hubCaller.ts';
import { HubProblem } from './hubProblem.ts';
import { sendTo } from './sendEvents.ts';

export interface HubUnderTest {
  readonly url: string;
  readonly key: string;
  /** Answers a question as a person would, by its link. */
  decide(link: string, verdict: 'approve' | 'reject', comment: string): Promise<void>;
}

const digest: Digest = `sha256:${'d'.repeat(64)}`;
const { signal } = new AbortController();

function thing(runId: string, seq: number, word = 'one'): CloudEvent {
  const told = { type: 'dev.railiance.test', subjectId: runId, summary: 'a test', data: () => ({ word }) };
  const moment = { seq, at: '2026-01-01T00:00:00.000Z', author: 'ada' };
  return eventsAt({ app: 'contract', stage: 'canary', runId }, moment, [told])[0] as CloudEvent;
}

/** What railiance needs of a hub; the real one and the fake pass it alike. */
export function hubContract(name: string, open: () => Promise<HubUnderTest>): void {
  describe(name, async () => {
    const hub = await open();
    const caller = createHubCaller({ url: hub.url, key: new Secret(hub.key) });
    const send = sendTo(caller);
    const approvals = hubApprovals(caller);
    const question = (stage: string) => ({
      ...{ app: 'contract', stage, digest, tag: 'v1', requestedBy: 'ada', expiresInMs: 3_600_000 },
    });

    test('takes a batch, and the same again, and the same with another body', async () => {
      const runId = randomUUID();
      await send([thing(runId, 1), thing(runId, 2)], signal);
      await send([thing(runId, 2), thing(runId, 3)], signal);
      await send([thing(runId, 3, 'another')], signal);
    });

    test('refuses a wrong key in words, and says that a person is needed', async () => {
      const stranger = sendTo(createHubCaller({ url: hub.url, key: new Secret(`ihk_${'a'.repeat(36)}`) }));
      const refusal = await stranger([thing(randomUUID(), 1)], signal).catch((error: unknown) => error);
      assert.ok(refusal instanceof HubProblem);
      assert.equal(refusal.remedy, 'person');
      assert.match(refusal.message, /401: \S+/);
    });

    test('refuses a batch with an event that it cannot read, so that it may be split', async () => {
      const unreadable = { ...thing(randomUUID(), 1), hub: 7 as unknown as string };
      const refusal = await send([unreadable], signal).catch((error: unknown) => error);
      assert.ok(refusal instanceof HubProblem);
      assert.equal(refusal.remedy, 'split');
    });

    test('keeps a question until somebody answers, and asks it only once', async () => {
      const asked = await approvals.ask(question('production'), signal);
      assert.equal(asked.status, 'waiting');
      assert.equal((await approvals.ask(question('production'), signal)).id, asked.id);
      const answer = approvals.decided(asked.id, signal);
      await hub.decide(asked.link, 'approve', 'fine');
      const { status, decided_by: by, comment } = await answer;
      assert.deepEqual([status, comment, typeof by], ['approved', 'fine', 'string']);
      const about = { target: { app: 'contract', stage: 'production' }, digest };
      assert.deepEqual(
        (await approvals.list(about, 'approved', signal)).map(({ id }) => id),
        [asked.id],
      );
      assert.notEqual((await approvals.ask(question('production'), signal)).id, asked.id, 'a new question');
    });

    test('says a no, and takes a question back', async () => {
      const asked = await approvals.ask(question('canary'), signal);
      await hub.decide(asked.link, 'reject', 'no');
      assert.equal((await approvals.decided(asked.id, signal)).status, 'rejected', 'answered before anybody waited');
      const again = await approvals.ask(question('canary'), signal);
      await approvals.withdraw(again.id, signal);
      assert.equal((await approvals.read(again.id, signal)).status, 'withdrawn');
    });

    test('lets go of whoever does not want to wait any more', async () => {
      const asked = await approvals.ask(question('later'), signal);
      await assert.rejects(approvals.decided(asked.id, AbortSignal.timeout(100)), /abort|timeout/i);
    });
  });
}
