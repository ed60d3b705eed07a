import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { RunEntry } from '../domain/runRecord.ts';
import { failed, runnerOverFakeSteps, succeeded, target } from '../testing/fakeSteps.ts';
import { JournalFailed } from './journalFailed.ts';
import type { RunStore } from './runStore.ts';

describe('a run that is stopped', () => {
  test('by Ctrl-C aborts what may be aborted, and names that as the cause', async () => {
    const world = runnerOverFakeSteps({
      b: {
        interruptible: true,
        run: async (_input, { signal }) => {
          world.stop.abort();
          signal.throwIfAborted();
          return succeeded;
        },
      },
    });
    const summary = await world.run();
    assert.deepEqual([summary.state, summary.cause?.name], ['rolled-back', 'interrupted']);
    assert.equal(world.done.join(' '), 'a b undo b undo a');
  });

  test('by Ctrl-C lets the other steps finish first', async () => {
    const world = runnerOverFakeSteps({
      b: {
        run: async (_input, { signal }) => {
          world.stop.abort();
          assert.equal(signal.aborted, false);
          return succeeded;
        },
      },
    });
    const summary = await world.run();
    assert.equal(summary.cause?.summary, 'the run was stopped after "B"');
    assert.equal(world.done.join(' '), 'a b undo b undo a');
  });

  test('by Ctrl-C keeps the cause of a step that failed by itself meanwhile', async () => {
    const world = runnerOverFakeSteps({
      b: {
        run: async () => {
          world.stop.abort();
          return failed;
        },
      },
    });
    assert.equal((await world.run()).cause?.name, 'smoke');
  });

  test('by a lost lease does nothing more, and says that it is not over', async () => {
    const world = runnerOverFakeSteps({
      b: {
        run: async () => {
          const newest = await world.leaseStore.newest(target);
          assert.ok(newest);
          await world.leaseStore.create(target, newest.fencing + 1, { ...newest.holder, pid: 2 });
          return succeeded;
        },
      },
    });
    const summary = await world.run();
    assert.deepEqual([summary.state, summary.exitCode, summary.cause?.name], ['interrupted', 3, 'lease-lost']);
    assert.equal(world.done.join(' '), 'a b');
    assert.equal(summary.steps.find(({ id }) => id === 'b')?.status, 'cut-off');
    assert.equal((await world.leaseStore.newest(target))?.released, false);
  });

  test('by a lost lease between the record of a step and its act does not act', async () => {
    const world = runnerOverFakeSteps({}, undefined, (event) => {
      // Time passes unseen, as it does for a process that is stopped just there.
      if (event.kind === 'step-started' && event.step.id === 'b') world.clock.jump(2_000);
    });
    assert.equal((await world.run()).cause?.name, 'lease-lost');
    assert.equal(world.done.join(' '), 'a');
  });

  test('by Ctrl-C before it began is not begun', async () => {
    const world = runnerOverFakeSteps();
    world.stop.abort();
    await assert.rejects(world.run(), { name: 'Failure' });
    assert.deepEqual([await world.runs.list(target), world.done], [[], []]);
  });

  test('when it was stopped past its lease finds out before it writes', async () => {
    let beats = true;
    const world = runnerOverFakeSteps({
      b: {
        run: async (_input, { signal }) => {
          beats = false;
          await world.clock.advance(2_000);
          assert.equal(signal.aborted, true);
          return succeeded;
        },
      },
    });
    const { beat } = world.leaseStore;
    world.leaseStore.beat = async (...args) => (beats ? await beat(...args) : await new Promise<never>(() => {}));
    assert.equal((await world.run()).cause?.name, 'lease-lost');
    assert.equal(world.done.join(' '), 'a b');
  });

  const kinds: readonly RunEntry['kind'][] = ['step-intent', 'step-outcome', 'failing', 'undo-intent', 'undo-outcome'];
  for (const kind of kinds) {
    test(`by a full disk at "${kind}" changes nothing more, and is finished by the next command`, async () => {
      let full = true;
      const onFullDisk = (runs: RunStore): RunStore => {
        const fails = (entry: RunEntry) => full && entry.kind === kind && !('step' in entry && entry.step === 'a');
        const wrap = async (opening: Promise<Awaited<ReturnType<RunStore['open']>>>) => {
          const journal = await opening;
          const append = async (...entries: readonly RunEntry[]) => {
            if (entries.some(fails))
              throw new JournalFailed('journal.jsonl', Object.assign(new Error('x'), { code: 'ENOSPC' }));
            await journal.append(...entries);
          };
          return { ...journal, append };
        };
        return {
          ...runs,
          create: (...args) => wrap(runs.create(...args)),
          open: (...args) => wrap(runs.open(...args)),
        };
      };
      const world = runnerOverFakeSteps({ b: { run: async () => (full ? failed : succeeded) } }, onFullDisk);
      const summary = await world.run();
      assert.deepEqual([summary.state, summary.exitCode], ['interrupted', 5]);
      assert.match(summary.detail, /the disk is full \(ENOSPC\)/);
      const before = world.done.length;
      full = false;
      assert.equal((await world.run()).state, 'succeeded');
      const after = world.done.slice(before).join(' ');
      assert.match(after, kind === 'undo-outcome' ? /^undo b undo a a b c$/ : /(undo b )?undo a a b c$/);
      const [, first = ''] = await world.runs.list(target);
      assert.equal((await world.runs.read(target, first)).at(-1)?.kind, 'run-ended');
    });
  }
});
