import assert from 'node:assert/strict';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { Failure } from '../../domain/failure.ts';
import { createLocalExec } from '../../exec/localExec.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { prepareScript, readPrepared } from './prepare.ts';

const root = await scratchDirectory('prepare');

async function prepare(base: string, tools: readonly string[], env: Record<string, string> = {}) {
  const result = await createLocalExec().run({ argv: ['sh', '-c', prepareScript, 'sh', base, ...tools], env });
  return readPrepared(result, { action: 'build probe', place: 'haskelseed', tools });
}

test('makes a folder, and finds the first tool that is there with its path and version', async () => {
  const bin = join(root, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'podman'), '#!/bin/sh\necho "podman \\033[31m version 4.3.1"\n', { mode: 0o755 });
  const { directory, tool } = await prepare(join(root, 'a b'), ['none-such', 'podman'], {
    PATH: `${bin}:/usr/bin:/bin`,
  });
  assert.ok(directory.startsWith(join(root, 'a b')));
  assert.deepEqual(tool, { name: 'podman', path: join(bin, 'podman'), version: 'podman  version 4.3.1' });
});

test('without a base it is in the cache of the user, and Nix is found where a login has it', async () => {
  const profile = join(root, 'home/.nix-profile/bin');
  await mkdir(profile, { recursive: true });
  await writeFile(join(profile, 'nix'), '#!/bin/sh\necho "nix (Nix) 2.8.0"\n', { mode: 0o755 });
  const { directory, tool } = await prepare('', ['nix'], { HOME: join(root, 'home'), PATH: '/usr/bin:/bin' });
  assert.ok(directory.startsWith(join(root, 'home/.cache/railiance/builds/')));
  assert.ok(tool.path.endsWith('/nix'));
});

test('what builds left behind a day ago goes, what is younger stays', async () => {
  const base = join(root, 'left');
  for (const name of ['old', 'young']) await mkdir(join(base, name), { recursive: true });
  await utimes(join(base, 'old'), 1e9, 1e9);
  await prepare(base, ['sh']);
  const names = await readdir(base);
  assert.ok(names.includes('young') && !names.includes('old'), String(names));
});

test('what is missing is named with the machine, and no folder is left', async () => {
  const base = join(root, 'missing');
  const refused = (problem: RegExp) => (error: unknown) =>
    error instanceof Failure && error.exitCode === 6 && problem.test(error.problem);
  await assert.rejects(prepare(base, ['none-such']), refused(/haskelseed has no none-such/));
  await assert.rejects(prepare(base, ['one-such', 'two-such']), refused(/none of one-such, two-such/));
  assert.deepEqual(await readdir(base), []);
  await writeFile(join(root, 'file'), '');
  await assert.rejects(prepare(join(root, 'file'), ['sh']), refused(/no folder can be made on haskelseed/));
});
