import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { exitCodes, Failure } from '../domain/failure.ts';
import { writeTree } from '../testing/tree.ts';
import { type Builder, defineBuilder } from './builder.ts';
import { chooseBuilder, detectBuilder } from './detect.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-detect-'));
after(() => rm(root, { recursive: true, force: true }));
let count = 0;
const folder = (...files: string[]) =>
  writeTree(join(root, String(++count)), Object.fromEntries(['README.md', ...files].map((file) => [file, '{}'])));

const named = (name: string): Builder =>
  defineBuilder({ name, detect: async () => false, build: () => assert.fail('not asked to build') });
const all = ['node', 'nix', 'dockerfile', 'archive'].map(named);
const some = ['node', 'archive'].map(named);

for (const [files, expected] of [
  [['package.json'], 'node'],
  [['package.json', 'Dockerfile'], 'dockerfile'],
  [['Containerfile'], 'dockerfile'],
  [['package.json', 'Dockerfile', 'flake.nix'], 'nix'],
] as const) {
  test(`${files.join(' and ')} ask for ${expected}`, async () => {
    assert.equal((await detectBuilder(await folder(...files), all)).name, expected);
  });
}

test('a folder that says nothing is asked of each builder, then refused', async () => {
  const knowing = defineBuilder({ ...named('knowing'), detect: async () => true });
  assert.equal((await detectBuilder(await folder(), [...some, knowing])).name, 'knowing');
  await assert.rejects(
    detectBuilder(await folder(), some),
    (error) => error instanceof Failure && error.exitCode === exitCodes.invalidInput,
  );
});

test('a name that is no builder is refused with the nearest', async () => {
  const directory = await folder('package.json');
  await assert.rejects(
    chooseBuilder(directory, some, 'nodejs'),
    (error) => error instanceof Failure && error.hint === 'did you mean node?' && error.exitCode === 2,
  );
  await assert.rejects(chooseBuilder(directory, some, '--x'), /there is no builder "--x"/);
});
