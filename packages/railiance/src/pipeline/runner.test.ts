import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Failure } from '../domain/failure.ts';
import { target as targetOf } from '../domain/name.ts';
import { type Plan, planSchema } from '../domain/plan.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { createMemoryLeaseStore } from '../testing/memoryLeaseStore.ts';
import { createMemoryRunStore } from '../testing/memoryRunStore.ts';
import { JournalFailed } from './journalFailed.ts';
import { createLeases } from './leases.ts';
import type { RunEvent } from './runEvents.ts';
import { createRunner } from './runner.ts';
import type { RunEntry } from './runRecord.ts';
import type { RunStore } from './runStore.ts';
import type { StepDefinition, StepResult } from './step.ts';

const target = targetOf('probe', 'canary');
const succeeded: StepResult<object> = { status: 'succeeded', output: {}, observed: 'seen', changed: true };
const failed: StepResult<object> = {
  status: 'failed',
  cause: { name: 'smoke', summary: 'wrong page' },
  evidence: { logs: ['last line'] },
};

type Act = Partial<StepDefinition<object, object>>;

/** A runner over steps a, b, c that note what is done to them; `acts` says what differs. */
function setUp(
  acts: Readonly<Record<string, Act>> = {},
  over: (runs: RunStore) => RunStore = (runs) => runs,
  onEvent: (event: RunEvent) => void = () => {},
) {
  const clock = createFakeClock();
  const runs = createMemoryRunStore({ clock });
  const leaseStore = createMemoryLeaseStore();
  const done: string[] = [];
  const events: RunEvent[] = [];
  const self = { owner: 'ada', host: 'here', pid: 1, processStartedAt: '1', bootId: 'boot' };
  const plan: Plan = {
    schema: planSchema,
    command: 'deploy',
    ...target,
    steps: ['a', 'b', 'c'].map((id) => ({ id, uses: id, title: id.toUpperCase(), changes: true, input: {} })),
    notes: [],
  };
  const runner = createRunner({
    runs: over(runs),
    leases: createLeases({ store: leaseStore, clock, self, isAlive: () => true, ttlMs: 1_000 }),
    clock,
    observer: (event) => {
      events.push(event);
      onEvent(event);
      throw new Error('the terminal is closed');
    },
    stepOf: ({ uses }): StepDefinition<object, object> => ({
      name: uses,
      ...acts[uses],
      run: async (input, context) => {
        done.push(uses);
        return (await acts[uses]?.run?.(input, context)) ?? succeeded;
      },
      undo: async (input, output, context) => {
        done.push(`undo ${uses}`);
        await acts[uses]?.undo?.(input, output, context);
      },
    }),
  });
  const stop = new AbortController();
  const options = { target, actor: 'ada@here', command: 'railiance deploy probe', signal: stop.signal };
  const run = () => runner.run({ ...options, plan: async () => plan });
  return { run, runner, options, runs, leaseStore, clock, done, events, stop };
}

describe('a run', () => {
  const ends: readonly { name: string; acts: Record<string, Act>; done: string; end: string; cause?: string }[] = [
    { name: 'whose steps succeed', acts: {}, done: 'a b c', end: 'succeeded 0' },
    {
      name: 'with a skipped step, which is not undone',
      acts: { a: { run: async () => ({ status: 'skipped', why: 'there' }) }, b: { run: async () => failed } },
      done: 'a b undo b',
      end: 'rolled-back 1',
      cause: 'smoke',
    },
    {
      name: 'whose last step fails',
      acts: { c: { run: async () => failed } },
      done: 'a b c undo c undo b undo a',
      end: 'rolled-back 1',
      cause: 'smoke',
    },
    {
      name: 'whose gate refuses',
      acts: { a: { run: async () => ({ ...failed, cause: { name: 'gate', summary: 'NO-GO' } }) } },
      done: 'a undo a',
      end: 'rolled-back 4',
      cause: 'gate',
    },
    {
      name: 'whose step throws',
      acts: { b: { run: () => Promise.reject(new TypeError('a bug')) } },
      done: 'a b undo b undo a',
      end: 'rolled-back 1',
      cause: 'internal',
    },
    {
      name: 'that lacks a program',
      acts: { a: { run: () => Promise.reject(new Failure('run helm', 'it is not there', { exitCode: 6 })) } },
      done: 'a undo a',
      end: 'rolled-back 6',
      cause: 'internal',
    },
    {
      name: 'whose undo fails, which leaves the rest as it is',
      acts: { b: { undo: () => Promise.reject(new Error('stuck')) }, c: { run: async () => failed } },
      done: 'a b c undo c undo b',
      end: 'needs-person 5',
      cause: 'smoke',
    },
  ];
  for (const { name, acts, done, end, cause } of ends) {
    test(`${name} ends ${end}`, async () => {
      const world = setUp(acts);
      const summary = await world.run();
      assert.equal(world.done.join(' '), done);
      assert.equal(`${summary.state} ${summary.exitCode}`, end);
      assert.equal(summary.cause?.name, cause);
      assert.equal(world.events.at(-1)?.kind, 'run-ended');
      assert.equal((await world.leaseStore.newest(target))?.released, true);
      assert.equal((await world.runs.read(target, summary.runId)).at(-1)?.kind, 'run-ended');
    });
  }

  test('writes down each intent before the act, and what was seen after it', async () => {
    let seen: readonly string[] = [];
    const world = setUp({
      b: {
        run: async (_input, { runId }) => {
          seen = (await world.runs.read(target, runId)).map(
            (record) => `${record.kind} ${'step' in record ? record.step : ''}`,
          );
          return succeeded;
        },
      },
    });
    await world.run();
    assert.deepEqual(seen, ['run-started ', 'step-intent a', 'step-outcome a', 'step-intent b']);
  });

  test('saves the evidence before the failure is told and anything is undone', async () => {
    const world = setUp({
      c: {
        run: async () => failed,
        undo: async (_input, _output, { runId }) => {
          assert.equal(world.runs.evidenceOf(target, runId).size, 1);
        },
      },
    });
    const summary = await world.run();
    assert.equal(summary.state, 'rolled-back');
    const file = summary.steps.find(({ id }) => id === 'c')?.evidenceFile ?? '';
    assert.deepEqual(world.runs.evidenceOf(target, summary.runId).get(file), { logs: ['last line'] });
  });

  test('hands the outputs of steps on, and what a step did to its undo', async () => {
    let undone: unknown;
    const world = setUp({
      a: {
        run: async () => ({ ...succeeded, output: { number: 7 } }),
        undo: async (_input, output) => {
          undone = output;
        },
      },
      b: {
        run: async (_input, { output, outputOf }) => {
          assert.deepEqual(output('a'), { number: 7 });
          assert.equal(outputOf('c'), undefined);
          assert.throws(() => output('c'), /no finished step "c"/);
          return failed;
        },
      },
    });
    assert.equal((await world.run()).cause?.name, 'smoke');
    assert.deepEqual(undone, { number: 7 });
  });

  test('is not begun where the plan is refused, and leaves no lease behind', async () => {
    const world = setUp();
    const plan = () => Promise.reject(new Failure('roll back', 'there is nothing', { exitCode: 2 }));
    await assert.rejects(world.runner.run({ ...world.options, plan }), { name: 'Failure', exitCode: 2 });
    assert.deepEqual(await world.runs.list(target), []);
    assert.equal((await world.leaseStore.newest(target))?.released, true);
  });

  test('cannot be resumed or abandoned once it is over', async () => {
    const world = setUp();
    const { runId } = await world.run();
    for (const verb of ['resume', 'abandon'] as const) {
      await assert.rejects(world.runner[verb]({ ...world.options, runId }), { name: 'Failure', exitCode: 2 });
    }
    assert.deepEqual(world.done, ['a', 'b', 'c']);
  });
});

describe('a run that is stopped', () => {
  test('by Ctrl-C aborts what may be aborted, and names that as the cause', async () => {
    const world = setUp({
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
    const world = setUp({
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
    const world = setUp({
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
    const world = setUp({
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
    const world = setUp({}, undefined, (event) => {
      // Time passes unseen, as it does for a process that is stopped just there.
      if (event.kind === 'step-started' && event.step.id === 'b') world.clock.jump(2_000);
    });
    assert.equal((await world.run()).cause?.name, 'lease-lost');
    assert.equal(world.done.join(' '), 'a');
  });

  test('by Ctrl-C before it began is not begun', async () => {
    const world = setUp();
    world.stop.abort();
    await assert.rejects(world.run(), { name: 'Failure' });
    assert.deepEqual([await world.runs.list(target), world.done], [[], []]);
  });

  test('when it was stopped past its lease finds out before it writes', async () => {
    let beats = true;
    const world = setUp({
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
          const append = async (entry: RunEntry) => {
            if (fails(entry))
              throw new JournalFailed('journal.jsonl', Object.assign(new Error('x'), { code: 'ENOSPC' }));
            await journal.append(entry);
          };
          return { ...journal, append };
        };
        return {
          ...runs,
          create: (...args) => wrap(runs.create(...args)),
          open: (...args) => wrap(runs.open(...args)),
        };
      };
      const world = setUp({ b: { run: async () => (full ? failed : succeeded) } }, onFullDisk);
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
