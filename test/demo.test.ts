import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { railiance } from './cli/started.ts';

interface Demo {
  readonly schema: string;
  readonly sights: readonly { readonly what: string; readonly seen: boolean }[];
}

test('the demo shows the whole path on this machine, and exits 0 only if each promise was seen', async () => {
  const { exitCode, stdout, stderr } = await railiance(['demo', '--json']).ended;
  assert.equal(exitCode, 0, stderr);
  const { schema, sights }: Demo = JSON.parse(stdout);
  assert.equal(schema, 'railiance.demo.v1');
  assert.deepEqual(
    sights.filter(({ seen }) => !seen),
    [],
  );
  for (const cause of ['smoke', 'migration', 'ignores-port']) {
    assert(
      sights.some(({ what }) => what.endsWith(`: ${cause}`)),
      `a version was caught by ${cause}`,
    );
  }
  assert(
    sights.some(({ what }) => /^it was told all \d+ events/.test(what)),
    'the hub saw it',
  );
  assert(sights.some(({ what }) => /a visitor asked \d+ times all the while, and 0 requests failed/.test(what)));
});

test('a demo that is stopped half-way leaves nothing behind, with --keep too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'railiance-demo-test-'));
  const demo = railiance(['demo', '--keep'], { env: { ...process.env, TMPDIR: folder } });
  // Then its agent runs.
  while (!demo.stderr().includes('$ railiance deploy')) {
    assert.equal(demo.child.exitCode, null, demo.stderr());
    await wait(20);
  }
  demo.child.kill('SIGTERM');
  const { exitCode, stderr } = await demo.ended;
  assert.equal(exitCode, 143, stderr);
  assert.deepEqual(await readdir(folder), [], stderr);
  await rm(folder, { recursive: true });
});

test('a demo that is left at once, by a second signal, is cleared away behind it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'railiance-demo-test-'));
  const demo = railiance(['demo'], { env: { ...process.env, TMPDIR: folder } });
  while (!demo.stderr().includes('$ railiance deploy')) {
    assert.equal(demo.child.exitCode, null, demo.stderr());
    await wait(20);
  }
  const agents = async () =>
    (
      await Promise.all((await readdir('/proc')).map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')))
    ).filter((environment) => environment.includes(`RAILIANCE_HOME=${folder}`)).length;
  assert.ok((await agents()) > 0);
  demo.child.kill('SIGINT');
  demo.child.kill('SIGTERM');
  const { exitCode, stderr } = await demo.ended;
  // Of two signals at once a system may hand over either first.
  assert.ok(exitCode === 130 || exitCode === 143, stderr);
  assert.ok((await readdir(folder)).length > 0, 'it took no time to clear away itself');
  for (let i = 0; i < 300 && ((await readdir(folder)).length > 0 || (await agents()) > 0); i++) await wait(100);
  assert.deepEqual([await readdir(folder), await agents()], [[], 0]);
  await rm(folder, { recursive: true });
});
