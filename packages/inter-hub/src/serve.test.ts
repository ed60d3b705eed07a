import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startHub } from '../test/hubProcess.ts';
import { issueKey } from './api/keyStore.ts';
import { openDatabase } from './database/pool.ts';
import { closeAtEnd, silent, testDatabase } from './testing/postgres.ts';
import { startSending } from './testing/sender.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const IHP_SESSION_SECRET = 'k'.repeat(64);

async function run(
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const options = { env: { PATH, NODE_COMPILE_CACHE, HUB_LOG_LEVEL: 'error', ...env } };
  return promisify(execFile)(process.execPath, [main, ...args], options).then(
    (done) => ({ code: 0, ...done }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

async function prepared() {
  const url = await testDatabase();
  const database = openDatabase({ url, logger: silent });
  closeAtEnd(() => database.close());
  const { key } = await issueKey(database, {
    consumer: 'sender',
    scopes: ['hub:*:write'],
    createdBy: 'test',
    ratePerMinute: 900_000,
  });
  const stored = async (): Promise<string[]> => {
    const rows = await database.query<{ event_id: string }>(`select event_id from events where source = '/sender'`);
    return rows.map((row) => row.event_id);
  };
  return { env: { DATABASE_URL: url, IHP_SESSION_SECRET }, key, database, stored };
}

test('wrong settings end it with code 2, naming each and showing none', async () => {
  const { code, stderr } = await run(['serve'], { PORT: 'x', IHP_SESSION_SECRET: 'hunter2' });
  assert.equal(code, 2);
  assert.match(stderr, /^inter-hub: error: PORT: /);
  assert.match(stderr, /IHP_SESSION_SECRET: needs/);
  assert.doesNotMatch(stderr, /hunter2/);
});

test('it refuses a database that was not migrated; migrate, setup-link and create-key do their work', async () => {
  const env = { DATABASE_URL: await testDatabase({ migrated: false }), IHP_SESSION_SECRET };
  await assert.rejects(startHub(env), /run \\"inter-hub migrate\\" first|run "inter-hub migrate" first/);
  assert.equal((await run(['migrate'], env)).code, 0);
  const link = await run(['setup-link'], {
    ...env,
    IHP_BASEURL: 'https://hub.example.org',
    HUB_ADMIN_EMAIL: 'a@b.org',
  });
  assert.match(link.stdout, /^https:\/\/hub\.example\.org\/setup\/[\w-]{43}\n$/);
  assert.match((await run(['create-key', 'ci', 'hub:*:write'], env)).stdout, /^ihk_\w{36}\n$/);
  assert.equal((await run(['create-key', 'ci', 'root'], env)).code, 2);
});

test('it refuses a database that a newer version has taken something from', async () => {
  const { env, database } = await prepared();
  await database.query(
    `insert into hub_migrations (number, name, kind, sha256) select max(number) + 1, 'newer', 'contract', 'x' from hub_migrations`,
  );
  await assert.rejects(startHub(env), /newer than this hub/);
  assert.match((await run(['migrate'], env)).stderr, /newer than this hub/);
});

test('SIGTERM under load: not ready first, requests in flight answered, exit 0, nothing acknowledged lost', async () => {
  const { env, key, stored } = await prepared();
  const hub = await startHub({ ...env, HUB_DRAIN_MS: '3000' });
  const sender = startSending(key, 8);
  sender.target = hub.url;
  while (sender.acknowledged.size < 40) await sleep(5);
  const ended = hub.end('SIGTERM');
  while ((await fetch(`${hub.url}/readyz`)).status !== 503) await sleep(5);
  sender.target = undefined;
  assert.equal(await ended, 0);
  await sender.stop();
  assert.deepEqual(sender.refused, []);
  const ids = new Set(await stored());
  for (const id of sender.acknowledged) assert.ok(ids.has(id), id);
});

test('kill -9 of the hub under load, again and again: every acknowledged event is there, once', async () => {
  const { env, key, stored } = await prepared();
  const sender = startSending(key, 8);
  for (let kill = 0; kill < 3; kill += 1) {
    const hub = await startHub(env);
    const before = sender.acknowledged.size;
    sender.target = hub.url;
    while (sender.acknowledged.size < before + 40 && hub.child.exitCode === null) await sleep(5);
    assert.equal(await hub.end('SIGKILL'), 'SIGKILL');
    sender.target = undefined;
  }
  await sender.stop();
  const ids = await stored();
  assert.equal(new Set(ids).size, ids.length);
  const all = new Set(ids);
  for (const id of sender.acknowledged) assert.ok(all.has(id), id);
});

test('killed connections of the database while events come in: no 2xx without its event, none twice', async () => {
  const { env, key, database, stored } = await prepared();
  const hub = await startHub(env);
  const sender = startSending(key, 8);
  sender.target = hub.url;
  for (let kill = 0; kill < 5; kill += 1) {
    await sleep(100);
    await database.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'inter-hub%'
      and datname = current_database() and pid <> pg_backend_pid()`);
  }
  const before = sender.acknowledged.size;
  while (sender.acknowledged.size < before + 20 && hub.child.exitCode === null) await sleep(5);
  assert.equal(hub.child.exitCode, null, hub.log());
  await sender.stop();
  assert.deepEqual(
    sender.refused.filter((status) => status !== 503),
    [],
  );
  const all = new Set(await stored());
  for (const id of sender.acknowledged) assert.ok(all.has(id), id);
  assert.equal(await hub.end('SIGTERM'), 0);
});

test('trying out: an embedded database that survives kill -9, and one hub to a directory', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hub-try-'));
  try {
    const env = { HUB_DATA_DIR: dir, HUB_DRAIN_MS: '0' };
    const first = await startHub(env);
    while (!first.log().includes('/setup/') && first.child.exitCode === null) await sleep(10);
    await assert.rejects(startHub(env), /another hub \(process \d+\) runs/);
    const { stdout } = await run(['create-key', 'ci', 'hub:*:write'], env);
    await first.end('SIGKILL');
    const second = await startHub(env);
    const answer = await fetch(`${second.url}/api/v2/hubs`, { headers: { authorization: `Bearer ${stdout.trim()}` } });
    assert.equal(answer.status, 200);
    assert.equal(await second.end('SIGTERM'), 0);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
