import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Failure } from '../domain/failure.ts';
import { type Act, failed, runnerOverFakeSteps, succeeded, target } from '../testing/fakeSteps.ts';
import type { Journal, RunStore } from './runStore.ts';

describe('a run', () => {
  test('writes what it will do before it does it, and an outcome with what comes next', async () => {
    const writes: string[] = [];
    const onWrite = (runs: RunStore): RunStore => ({
      ...runs,
      async create(...args) {
        const journal = await runs.create(...args);
        const append: Journal['append'] = async (...entries) => {
          await journal.append(...entries);
          writes.push(entries.map((entry) => `${entry.kind}${'step' in entry ? ` ${entry.step}` : ''}`).join(', '));
        };
        return { ...journal, append };
      },
    });
    const acts: Record<string, Act> = { b: { run: async () => failed } };
    const world = runnerOverFakeSteps(acts, onWrite, ({ kind }) => writes.push(kind));
    await world.run();
    assert.deepEqual(writes, [
      'run-started',
      ...['step-intent a', 'step-started', 'step-outcome a, step-intent b', 'step-ended', 'step-started'],
      ...['step-outcome b, failing b', 'step-ended', 'cause', 'undo-intent b', 'undo-started'],
      ...['undo-outcome b, undo-intent a', 'undo-ended', 'undo-started', 'undo-outcome a, run-ended', 'undo-ended'],
      'run-ended',
    ]);
  });

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
      const world = runnerOverFakeSteps(acts);
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
    const world = runnerOverFakeSteps({
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

  test('has a step make ready what it can while the one that it names runs, and does not mind where that fails', async () => {
    const seen: string[] = [];
    const ahead: Act['ahead'] = {
      during: 'b',
      run: async (_input, { outputOf }) => {
        seen.push(`c ahead, a is ${outputOf('a') ? 'over' : 'open'}`);
        throw new Error('nobody hears this');
      },
    };
    const noted = (name: string): Act['run'] => {
      return async () => {
        seen.push(name);
        return succeeded;
      };
    };
    const acts = { b: { run: noted('b') }, c: { ahead, run: noted('c') } } as Record<string, Act>;
    assert.equal((await runnerOverFakeSteps(acts).run()).state, 'succeeded');
    assert.deepEqual(seen, ['c ahead, a is over', 'b', 'c']);
  });

  test('saves the evidence before the failure is told and anything is undone', async () => {
    const world = runnerOverFakeSteps({
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
    const world = runnerOverFakeSteps({
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
    const world = runnerOverFakeSteps();
    const plan = () => Promise.reject(new Failure('roll back', 'there is nothing', { exitCode: 2 }));
    await assert.rejects(world.runner.run({ ...world.options, plan }), { name: 'Failure', exitCode: 2 });
    assert.deepEqual(await world.runs.list(target), []);
    assert.equal((await world.leaseStore.newest(target))?.released, true);
  });

  test('cannot be resumed or abandoned once it is over', async () => {
    const world = runnerOverFakeSteps();
    const { runId } = await world.run();
    for (const verb of ['resume', 'abandon'] as const) {
      await assert.rejects(world.runner[verb]({ ...world.options, runId }), { name: 'Failure', exitCode: 2 });
    }
    assert.deepEqual(world.done, ['a', 'b', 'c']);
  });
});
