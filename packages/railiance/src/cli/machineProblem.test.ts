import assert from 'node:assert/strict';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { exitCodes, Failure } from '../domain/failure.ts';
import { machineProblem } from './machineProblem.ts';

async function thrownBy(act: () => Promise<unknown>): Promise<unknown> {
  return act().then(
    () => assert.fail('it was done'),
    (error: unknown) => error,
  );
}

test('a disk that is full is named, with what helps', async () => {
  const error = machineProblem(await thrownBy(() => writeFile('/dev/full', 'x')), 'deploy');
  assert.ok(error instanceof Failure);
  assert.match(error.message, /^railiance deploy: the disk is full \(ENOSPC: /);
  assert.match(error.hint ?? '', /RAILIANCE_HOME/);
  assert.equal(error.exitCode, exitCodes.dependencyMissing);
});

test('what has another reason stays what it is: a file that is not there, a mistake of ours, a Failure', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'railiance-problem-'));
  const missing = await thrownBy(() => open(join(folder, 'none')));
  await rm(folder, { recursive: true });
  for (const error of [missing, new TypeError('x is not a function'), new Failure('read', 'it is not there')])
    assert.equal(machineProblem(error, 'deploy'), error);
});
