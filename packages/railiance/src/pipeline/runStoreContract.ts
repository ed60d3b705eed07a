import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { target } from '../domain/name.ts';
import { planSchema } from '../domain/plan.ts';
import { journalSchema, type RunEntry } from '../domain/runRecord.ts';
import { createRunId } from './runId.ts';
import type { RunStore } from './runStore.ts';

const canary = target('probe', 'canary');

export function firstEntry(runId: string): RunEntry {
  const plan = {
    schema: planSchema,
    command: 'deploy',
    app: 'probe',
    stage: 'canary',
    steps: [],
    notes: [],
  } as const;
  return { kind: 'run-started', schema: journalSchema, runId, actor: 'ada', fencing: 1, plan };
}

/** What every run store does; `open` gives an empty one. */
export function runStoreContract(name: string, open: () => Promise<RunStore>): void {
  describe(`run store: ${name}`, () => {
    test('gives back entries in order, numbered from 1, to a reader at any time', async () => {
      const store = await open();
      const runId = createRunId(1);
      const journal = await store.create(canary, runId, firstEntry(runId));
      const outcome = { status: 'skipped', why: 'nothing to do' } as const;
      await journal.append({ kind: 'step-intent', step: 'a' });
      await journal.append(
        { kind: 'step-outcome', step: 'a', outcome, durationMs: 1 },
        { kind: 'step-intent', step: 'b' },
      );
      const records = await store.read(canary, runId);
      assert.deepEqual(records, journal.records);
      assert.deepEqual(
        records.map(({ seq, kind }) => [seq, kind]),
        [
          [1, 'run-started'],
          [2, 'step-intent'],
          [3, 'step-outcome'],
          [4, 'step-intent'],
        ],
      );
      await journal.close();
    });

    test('refuses a run that is there already', async () => {
      const store = await open();
      const runId = createRunId(1);
      await (await store.create(canary, runId, firstEntry(runId))).close();
      await assert.rejects(store.create(canary, runId, firstEntry(runId)), { name: 'Failure' });
    });

    test('goes on where another process was cut off, and shuts that one out', async () => {
      const store = await open();
      const runId = createRunId(1);
      const first = await store.create(canary, runId, firstEntry(runId));
      await first.append({ kind: 'step-intent', step: 'a' });
      const second = await store.open(canary, runId);
      assert.deepEqual(second.records, first.records);
      assert.equal(second.setAside, undefined);
      await second.append({ kind: 'step-intent', step: 'b' });
      // The process that was stopped comes back; it may even believe that it wrote.
      const stale = first.append({ kind: 'step-intent', step: 'stale' });
      if (first.shutsOut) await assert.rejects(stale, { name: 'Failure' });
      else await stale.catch(() => {});
      await second.append({ kind: 'step-intent', step: 'c' });
      const steps = (await store.read(canary, runId)).map((record) => ('step' in record ? record.step : ''));
      assert.deepEqual(steps, ['', 'a', 'b', 'c']);
      await first.close();
      await second.close();
    });

    test('lists runs by the lease they began under, newest first, whatever the clock said', async () => {
      const store = await open();
      const runIds = [2, 1_000_000, 10].map(createRunId);
      for (const runId of runIds) await (await store.create(canary, runId, firstEntry(runId))).close();
      assert.deepEqual(await store.list(canary), [runIds[1], runIds[2], runIds[0]]);
      assert.deepEqual(await store.list(target('probe', 'production')), []);
    });

    test('keeps evidence beside the run', async () => {
      const store = await open();
      const runId = createRunId(1);
      const journal = await store.create(canary, runId, firstEntry(runId));
      const path = await journal.saveEvidence('start', { logs: ['boom'] });
      assert.ok(path.startsWith(journal.evidenceDir));
      await journal.close();
    });

    test('says so where there is no such run', async () => {
      const store = await open();
      for (const runId of [createRunId(1), '../../x', '']) {
        await assert.rejects(store.read(canary, runId), { name: 'Failure' });
      }
    });
  });
}
