import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Release } from '../../domain/release.ts';
import type { Stage } from '../../domain/stage.ts';
import { sampleRelease } from '../../testing/sampleRelease.ts';
import { planRollback } from './rollback.ts';

const stage: Stage = { name: 'canary', engine: 'local', production: false, settings: {} };

/** Releases 1 to 3, newest first, each with secrets of its own. */
const releases = ['a', 'b', 'c']
  .map(
    (letter, at): Release => ({
      ...sampleRelease(letter, { secrets: { version: letter.repeat(64), names: ['TOKEN'] } }),
      number: at + 1,
    }),
  )
  .reverse();

function rollBack(revokedLetters: string, to?: number) {
  const revoked = new Map([...revokedLetters].map((letter) => [letter.repeat(64), 'TOKEN, in a log']));
  const [current] = releases;
  assert.ok(current);
  return planRollback({
    app: 'probe',
    stage,
    current,
    releases,
    revoked,
    despite: [],
    ...(to !== undefined && { to }),
  });
}

function restored(plan: ReturnType<typeof planRollback>): unknown {
  return plan.steps.find(({ id }) => id === 'record')?.input.restores;
}

test('a rollback passes over releases whose secrets were revoked', () => {
  assert.equal(restored(rollBack('')), 2);
  assert.equal(restored(rollBack('b')), 1);
  assert.equal(restored(rollBack('c')), 2, 'what serves now may hold them');
});

test('a rollback to a revoked release by its number is refused, with the reason and what to do', () => {
  assert.throws(() => rollBack('b', 2), {
    exitCode: 4,
    problem: 'the secrets of release 2 were revoked: TOKEN, in a log',
    hint: "deploy the same version with today's secrets: railiance deploy probe --tag b",
  });
  assert.equal(restored(rollBack('b', 1)), 1);
});

test('nothing comes back where every earlier release is barred', () => {
  assert.throws(() => rollBack('ab'), /no release before 3 to return to whose secrets were not revoked/);
});
