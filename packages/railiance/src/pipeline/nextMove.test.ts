import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { PlannedStep } from '../domain/plan.ts';
import type { RunEntry, RunRecord, StepOutcome } from '../domain/runRecord.ts';
import { nextMove } from './nextMove.ts';
import { replay } from './runState.ts';
import { firstEntry } from './runStoreContract.ts';

const step = (id: string): PlannedStep => ({ id, uses: id, title: id, changes: true, input: {} });
const ok = (changed = true): StepOutcome => ({ status: 'succeeded', output: {}, observed: 'seen', changed });
const bad: StepOutcome = {
  status: 'failed',
  cause: { name: 'smoke', summary: 'no' },
  evidenceFile: '/e',
  exitCode: 1,
};
const skipped: StepOutcome = { status: 'skipped', why: 'not needed' };

const intent = (id: string): RunEntry => ({ kind: 'step-intent', step: id });
const done = (id: string, outcome: StepOutcome): RunEntry[] => [
  intent(id),
  { kind: 'step-outcome', step: id, outcome, durationMs: 1 },
];
const failing: RunEntry = { kind: 'failing', step: 'c', cause: { name: 'smoke', summary: 'no' }, exitCode: 4 };
const undone = (id: string, problem?: string): RunEntry[] => [
  { kind: 'undo-intent', step: id },
  { kind: 'undo-outcome', step: id, durationMs: 1, ...(problem !== undefined && { problem }) },
];

/** Steps a, b, c, of which b has no undo, and a look afterwards. */
function moveAfter(entries: readonly RunEntry[]): string {
  const first = firstEntry('000001-00000000');
  assert.ok(first.kind === 'run-started');
  const plan = { ...first.plan, steps: ['a', 'b', 'c'].map(step), afterUndo: [step('look')] };
  const records = [{ ...first, plan }, ...entries].map(
    (entry, at): RunRecord => ({ ...entry, seq: at + 1, at: '2026-01-01T00:00:00.000Z' }),
  );
  const state = replay(records);
  assert.ok(state);
  const move = nextMove(state, ({ id }) => id !== 'b');
  if (move.do === 'end') return `${move.state} ${move.exitCode}: ${move.detail}`;
  return move.do === 'nothing' ? 'nothing' : `${move.do} ${move.step.id}`;
}

describe('the next move of a run', () => {
  const cases: readonly { name: string; entries: readonly RunEntry[]; move: string }[] = [
    { name: 'begins with the first step', entries: [], move: 'step a' },
    { name: 'repeats a step that was cut off', entries: [intent('a')], move: 'step a' },
    { name: 'goes on after a step', entries: done('a', ok()), move: 'step b' },
    { name: 'goes on after a skipped step', entries: done('a', skipped), move: 'step b' },
    { name: 'fails after a failed step', entries: done('a', bad), move: 'fail a' },
    {
      name: 'ends after the last step',
      entries: [...done('a', ok()), ...done('b', ok()), ...done('c', ok())],
      move: 'succeeded 0: every step of the plan succeeded',
    },
    {
      name: 'undoes the failed step itself first',
      entries: [...done('a', ok()), ...done('b', ok()), ...done('c', bad), failing],
      move: 'undo c',
    },
    {
      name: 'undoes a step that was cut off',
      entries: [...done('a', ok()), ...done('b', ok()), intent('c'), failing],
      move: 'undo c',
    },
    {
      name: 'passes over what cannot be undone',
      entries: [...done('a', ok()), ...done('b', ok()), ...done('c', bad), failing, ...undone('c')],
      move: 'undo a',
    },
    {
      name: 'leaves what changed nothing and what was skipped',
      entries: [...done('a', ok(false)), ...done('c', skipped), failing],
      move: 'rolled-back 4: nothing had to be undone',
    },
    {
      name: 'repeats an undo that was cut off',
      entries: [...done('a', ok()), failing, { kind: 'undo-intent', step: 'a' }],
      move: 'undo a',
    },
    { name: 'looks once all is undone', entries: [...done('a', ok()), failing, ...undone('a')], move: 'step look' },
    {
      name: 'is rolled back once the look is good, with the exit code of the cause',
      entries: [...done('a', ok()), failing, ...undone('a'), ...done('look', ok())],
      move: 'rolled-back 4: everything was undone; seen',
    },
    {
      name: 'needs a person where the look is bad',
      entries: [...done('a', ok()), failing, ...undone('a'), ...done('look', bad)],
      move: 'needs-person 5: no',
    },
    {
      name: 'undoes nothing more after an undo that failed, but looks',
      entries: [...done('a', ok()), ...done('c', bad), failing, ...undone('c', 'stuck')],
      move: 'step look',
    },
    {
      name: 'needs a person after an undo that failed, whatever the look says',
      entries: [...done('a', ok()), ...done('c', bad), failing, ...undone('c', 'stuck'), ...done('look', ok())],
      move: 'needs-person 5: "c" could not be undone: stuck; seen',
    },
    {
      name: 'is nothing after the end',
      entries: [{ kind: 'run-ended', state: 'rolled-back', exitCode: 1, detail: '' }],
      move: 'nothing',
    },
  ];
  for (const { name, entries, move } of cases) {
    test(name, () => assert.equal(moveAfter(entries), move));
  }
});
