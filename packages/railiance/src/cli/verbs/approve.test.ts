import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { homeAt } from '../../config/home.ts';
import { createFileReleaseStore } from '../../releases/fileReleaseStore.ts';
import { commandLine } from '../../testing/commandLine.ts';
import { sampleArtifact, sampleRelease } from '../../testing/sampleRelease.ts';
import { scratchDirectory } from '../../testing/scratch.ts';

const folder = await scratchDirectory('approve');
let count = 0;

/** Canary serves v1; production needs a yes. */
async function site() {
  const root = join(folder, String(++count));
  const home = homeAt({ RAILIANCE_HOME: join(root, 'home') });
  const cwd = join(root, 'app');
  await mkdir(cwd, { recursive: true });
  await writeFile(join(cwd, 'app.toml'), '[app]\nname = "Probe"\nslug = "probe"\n[run]\ncommand = ["x"]\n');
  const stages = '[[stages]]\nname = "canary"\n[[stages]]\nname = "production"\napproval = true\n';
  await writeFile(join(cwd, 'blueprint.toml'), stages);
  await createFileReleaseStore({ home }).record(sampleRelease('v1'), 1);
  const env = { RAILIANCE_HOME: home.root, HOME: root, PATH: process.env.PATH };
  return (...words: readonly string[]) => commandLine(words, { cwd, env });
}

const { configDigest: digest } = sampleArtifact('v1');

test('a yes is to what the stage before serves, and is listed until it is taken back', async () => {
  const run = await site();
  const given = await run('approve', '--yes', '--reason', 'canary looks fine', '--json');
  assert.equal(given.exitCode, 0, given.stderr);
  const approval = JSON.parse(given.stdout);
  assert.deepEqual([approval.app, approval.stage, approval.digest], ['probe', 'production', digest]);
  assert.equal(Date.parse(approval.expiresAt) - Date.parse(approval.givenAt), 24 * 3_600_000);
  assert.match((await run('approve', '--list')).stdout, /v1 +\S+@\S+ +just now +stands/);
  assert.match((await run('approve', '--withdraw')).stdout, /yes to v1 on production is taken back/);
  assert.match((await run('approve', '--list')).stdout, /took the yes back/);
  assert.equal((await run('approve', '--withdraw')).exitCode, 2, 'there is none any more');
});

test('nobody says yes by accident: without a terminal it needs --yes', async () => {
  const run = await site();
  const asked = await run('approve');
  assert.equal(asked.exitCode, 5);
  assert.match(asked.stderr, /Say yes to v1 \(sha256:/);
  assert.match((await run('approve', '--list')).stdout, /nobody has said yes/);
});

const mistakes = [
  { words: ['--digest', 'sha256:12'], says: /is no digest/ },
  { words: ['--tag', 'v9'], says: /no image here is v9/ },
  { words: ['--stage', 'canary'], says: /no stage before it serves anything/ },
  { words: ['--stage', 'prod'], says: /the stages are local, canary, production/ },
  { words: ['--for', 'ever'], says: /"ever" is no duration/ },
];
for (const { words, says } of mistakes) {
  test(`${words.join(' ')} is refused, and nothing is given`, async () => {
    const run = await site();
    const { exitCode, stderr } = await run('approve', '--yes', ...words);
    assert.equal(exitCode, 2);
    assert.match(stderr, says);
    assert.match((await run('approve', '--list')).stdout, /nobody has said yes/);
  });
}
