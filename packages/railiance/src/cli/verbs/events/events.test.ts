import assert from 'node:assert/strict';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { homeAt } from '../../../config/home.ts';
import { systemClock } from '../../../domain/clock.ts';
import { planSchema } from '../../../domain/plan.ts';
import { journalSchema, type RunEntry } from '../../../domain/runRecord.ts';
import { hubFolder } from '../../../events/hubFolder.ts';
import { identifyProcess, type ProcessIdentity } from '../../../exec/processIdentity.ts';
import { createFileRunStore } from '../../../pipeline/fileRunStore.ts';
import { commandLine } from '../../../testing/commandLine.ts';
import { openFakeHub } from '../../../testing/fakeHub.ts';
import { scratchDirectory } from '../../../testing/scratch.ts';
import { toldRuns } from '../../hub/toldRuns.ts';

const folder = await scratchDirectory('events');
const hub = await openFakeHub();
after(() => hub.close());
const runId = '000001-0000aaaa';
const target = { app: 'probe', stage: 'canary' };
const plan = { schema: planSchema, command: 'deploy', ...target, steps: [], notes: [] } as const;
const first: RunEntry = { kind: 'run-started', schema: journalSchema, runId, actor: 'ada', fencing: 1, plan };
let count = 0;

/** A machine with a blueprint that names the hub, and one run that it has not been told. */
async function machine(key: string) {
  const root = join(folder, String(++count));
  const home = homeAt({ RAILIANCE_HOME: join(root, 'home') });
  const cwd = join(root, 'app');
  await mkdir(cwd, { recursive: true });
  await writeFile(join(cwd, 'blueprint.toml'), `[hub]\nurl = "${hub.url}/"\nkey = "${key}"\n`);
  const { outbox, remember } = hubFolder(home, { url: hub.url, key });
  await remember();
  const gone = { ...(identifyProcess(process.pid) as ProcessIdentity), startedAt: 'long ago' };
  const runs = toldRuns(createFileRunStore({ home, clock: systemClock }), {
    owe: (run) => outbox.add({ ...run, since: '2026-01-01' }),
    nudge: (run) => outbox.nudge(run),
    writer: gone,
    warn: (words) => assert.fail(words),
  });
  const journal = await runs.create(target, runId, first);
  await journal.append({ kind: 'run-ended', state: 'succeeded', exitCode: 0, detail: 'well' });
  await journal.close();
  const env = { RAILIANCE_HOME: home.root, HOME: root, PATH: process.env.PATH };
  const run = (words: string, more: Record<string, string> = {}, input = '') =>
    commandLine(['events', ...words.split(' ')], { cwd, env: { ...env, ...more }, input });
  return { run, home };
}

test('what waits is shown, sent once, and gone', async () => {
  const { run } = await machine('env:HUB_KEY');
  const before = await run('list');
  assert.match(before.stdout, /waiting +2 events/);
  assert.match(before.stdout, /pipelinerun\.finished +deploy probe → canary succeeded/);
  const sent = await run('flush', { HUB_KEY: hub.key });
  assert.deepEqual([sent.exitCode, hub.events.size], [0, 2], sent.stderr);
  assert.match(sent.stdout, /has been told everything/);
  assert.equal((await run('flush', { HUB_KEY: hub.key })).exitCode, 0);
  assert.deepEqual(hub.requests, [2]);
  const [view] = JSON.parse((await run('list --json')).stdout).hubs;
  assert.deepEqual([view.delivered, view.pending, view.problem], [2, 0, undefined]);
});

test('where another process is at it, its end is waited for', async () => {
  const { run, home } = await machine('env:HUB_KEY');
  const lock = await hubFolder(home, { url: hub.url, key: 'env:HUB_KEY' }).lock();
  const flushing = run('flush', { HUB_KEY: hub.key });
  await systemClock.sleep(300);
  assert.match((await run('list')).stdout, /waiting +2 events/);
  lock?.release();
  assert.equal((await flushing).exitCode, 0);
  assert.match((await run('list')).stdout, /waiting +0 events/);
});

test('without its key nothing is sent, and the reason is said where one looks for it', async () => {
  const { run } = await machine('env:HUB_KEY');
  const sent = await run('flush');
  assert.equal(sent.exitCode, 6);
  assert.match(sent.stdout, /2 events wait: .*\$HUB_KEY is not there/);
  assert.match((await run('list')).stdout, /\$HUB_KEY is not there/);
});

test('a key that was given once is kept with the secrets, and is in nothing that is shown', async () => {
  const { run, home } = await machine('store');
  assert.match((await run('flush')).stdout, /none is kept here/);
  const kept = await run('login', {}, `${hub.key}\n`);
  assert.equal(kept.exitCode, 0, kept.stderr);
  assert.equal((await run('flush')).exitCode, 0);
  for (const { stdout, stderr } of [kept, await run('list --json'), await run('flush --json')]) {
    assert.ok(!(stdout + stderr).includes(hub.key));
  }
  const names = (await readdir(join(home.hub, 'secrets'))).filter((name) => name.endsWith('.json'));
  assert.equal(names.length, 1);
  assert.equal((await stat(join(home.hub, 'secrets', names[0] ?? ''))).mode & 0o777, 0o600);
});

test('a key that is kept elsewhere is not asked for', async () => {
  const { run } = await machine('env:HUB_KEY');
  const refused = await run('login', {}, 'ihk_x');
  assert.equal(refused.exitCode, 2);
  assert.match(refused.stderr, /blueprint\.toml says that it is in env:HUB_KEY/);
});

test('following ends when no run is under way any more', async () => {
  const { run } = await machine('env:HUB_KEY');
  assert.equal((await run('flush --follow', { HUB_KEY: hub.key })).exitCode, 0);
});
