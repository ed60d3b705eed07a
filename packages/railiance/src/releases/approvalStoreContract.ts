import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';

import { type Approval, approvalSchema } from '../domain/approval.ts';
import type { Digest } from '../domain/artifact.ts';
import { type Target, target } from '../domain/name.ts';
import type { ApprovalStore } from './approvalStore.ts';

const production = target('probe', 'production');
const digest: Digest = `sha256:${'a'.repeat(64)}`;

export function sampleApproval(on: Target, more: Partial<Approval> = {}): Approval {
  const times = { givenAt: '2026-01-01T00:00:00.000Z', expiresAt: '2026-01-02T00:00:00.000Z' };
  return { schema: approvalSchema, ...on, ...{ id: randomUUID(), digest, tag: 'v1', by: 'ada' }, ...times, ...more };
}

/** What every approval store does; `open` gives an empty stage, and what it gives opens that stage in one process more. */
export function approvalStoreContract(name: string, open: () => Promise<() => ApprovalStore>): void {
  describe(`approval store: ${name}`, () => {
    test('keeps a yes as it was given, and another process reads it so', async () => {
      const again = await open();
      assert.deepEqual(await again().list(production), []);
      const approval = sampleApproval(production, { reason: 'for the fair', hub: { url: 'https://hub', id: 'h' } });
      await again().add(approval);
      assert.deepEqual(await again().list(production), [{ approval, sound: true }]);
    });

    test('gives the same yes to one of many runs that want it, wherever they run', async () => {
      const again = await open();
      const approval = sampleApproval(production);
      await again().add(approval);
      await Promise.all(Array.from({ length: 20 }, (_, n) => again().take(production, approval.id, `run-${n}`)));
      const [first] = await again().list(production);
      await again().take(production, approval.id, 'latecomer');
      const [after] = await again().list(production);
      assert.match(first?.usedBy ?? '', /^run-\d+$/);
      assert.equal(after?.usedBy, first?.usedBy);
      assert.equal(after?.sound, true);
    });

    test('does not forget that a yes was used when it is brought from the hub once more', async () => {
      const again = await open();
      const approval = sampleApproval(production);
      await again().add(approval);
      await again().take(production, approval.id, 'run-1');
      await again().add(approval);
      assert.deepEqual(await again().list(production), [{ approval, sound: true, usedBy: 'run-1' }]);
    });

    test('keeps apps and stages apart', async () => {
      const store = (await open())();
      const [one, other] = [sampleApproval(production), sampleApproval(target('probe', 'canary'))];
      for (const approval of [one, other]) await store.add(approval);
      await store.take(production, other.id, 'run-1');
      assert.deepEqual(await store.list(production), [{ approval: one, sound: true }]);
      assert.deepEqual(await store.list(target('hub', 'production')), []);
    });

    test('refuses an id that is a path', async () => {
      const store = (await open())();
      for (const id of ['../../x', '', `${randomUUID()}/x`]) {
        await assert.rejects(store.add(sampleApproval(production, { id })));
        await assert.rejects(store.take(production, id, 'run-1'));
      }
    });

    test('tells whoever watches of a yes and of its end', async () => {
      const again = await open();
      const over = new AbortController();
      const seen = Promise.withResolvers<void>();
      const store = again();
      const look = async () => {
        const [first] = await store.list(production);
        if (first?.withdrawn?.by === 'bob') seen.resolve();
      };
      await store.watch(production, () => void look(), over.signal);
      const approval = sampleApproval(production);
      await again().add(approval);
      await again().withdraw(production, approval.id, 'bob');
      await seen.promise;
      over.abort();
    });
  });
}
