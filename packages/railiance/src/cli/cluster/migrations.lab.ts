import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { type KubeList, type KubeObject, pathOf } from '../../kubernetes/objects.ts';
import { create } from '../../kubernetes/store.ts';
import { type DeployedApp, ended, openDeployedApp } from '../../testing/cluster/deployedApp.ts';
import { adminUrl, databaseUrl, dropDatabases, type Rows, withPostgres } from '../../testing/cluster/labPostgres.ts';

const root = fileURLToPath(new URL('../../../../..', import.meta.url));
/** Of the app's name for its database; the stage makes `_production` of it. */
const name = `lab_probe_${process.pid.toString(36)}`;

let app: DeployedApp;
before(async () => {
  app = await openDeployedApp('probe', {
    slug: 'probe',
    fill: probeIn,
    settings: 'database = { url = "env:LAB_PGADMIN" }',
    env: { LAB_PGADMIN: adminUrl },
  });
});
after(async () => {
  await dropDatabases(app.lab.api, name);
  await app.close();
});

/** The probe as it stands, but for the name of its database: other tests may run beside this one. */
async function probeIn(folder: string): Promise<void> {
  await cp(join(root, 'examples/probe'), folder, { recursive: true });
  // Its own stages are of one machine.
  await rm(join(folder, 'blueprint.toml'));
  const toml = await readFile(join(folder, 'app.toml'), 'utf8');
  await writeFile(join(folder, 'app.toml'), toml.replace(/^(name|user) = "probe"$/gm, `$1 = "${name}"`));
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  await symlink(join(root, 'node_modules/pg'), join(folder, 'node_modules/pg'));
}

const ask = (sql: string): Promise<Rows> =>
  withPostgres(app.lab.api, (query) => query(sql), databaseUrl(`${name}_production`));
const ledger = async () => (await ask('SELECT name FROM migrations ORDER BY name')).map((row) => row.name);
const rows = async (table: string) => (await ask(`SELECT word FROM ${table}`)).map(({ word }) => word);
const migration = (file: string, ...sql: readonly string[]) =>
  app.write({ [`migrations/${file}.sql`]: ['-- railiance: expand', ...sql, ''].join(';\n').replace(';', '') });

/** Waits until a migration sleeps in the database; gives the process ids of those that do. */
async function asleep(): Promise<readonly string[]> {
  const ofOthers = "query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()";
  for (const untilMs = performance.now() + 60_000; performance.now() < untilMs; await wait(50)) {
    const found = await ask(`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND ${ofOthers}`);
    if (found.length > 0) return found.map(({ pid = '' }) => pid);
  }
  throw new Error('no migration sleeps');
}

async function jobs(): Promise<readonly string[]> {
  const { items } = await app.lab.api.call<KubeList<KubeObject>>(pathOf('jobs', app.namespace));
  return items.map(({ metadata }) => metadata.name);
}

describe('the migrations of the probe on a cluster', () => {
  test('are there before it serves', async () => {
    assert.match(await app.succeeds('one', 'deploy'), /is live and verified as release 1/);
    assert.match(await app.serves('/api/probes'), /"name":"smoke"/);
    assert.deepEqual(await ledger(), ['001_probes.sql']);
  });

  test('that fail half-way change nothing, and the app is not switched', async () => {
    await migration('002_broken', 'ALTER TABLE probes ADD COLUMN half integer', 'SELECT 1 / 0');
    const output = await app.must(1, 'one', 'deploy');
    assert.match(output, /cause +migration: .*division by zero/);
    assert.match(await app.serves('/api/probes'), /"name":"smoke"/);
    assert.doesNotMatch(await app.serves('/api/probes'), /half/);
    assert.deepEqual(await ledger(), ['001_probes.sql']);
    assert.deepEqual(await jobs(), [], 'no Job of it is left');
    await rm(join(app.directory, 'migrations/002_broken.sql'));
  });

  test('whose database goes away in the middle are not taken for done, and the next deploy makes them once', async () => {
    const slow = ['CREATE TABLE gone (word text)', "INSERT INTO gone VALUES ('once')"];
    await migration('002_gone', ...slow, 'SELECT pg_sleep(4)');
    const first = ended(app.start('one', 'deploy'));
    for (const pid of await asleep()) await ask(`SELECT pg_terminate_backend(${pid})`);
    const { exitCode, output } = await first;
    assert.equal(exitCode, 1, output);
    assert.match(output, /cause +migration: .*terminat/);
    assert.deepEqual(await ledger(), ['001_probes.sql']);
    assert.match(await app.serves('/api/probes'), /"name":"smoke"/);
    await app.succeeds('two', 'deploy');
    assert.deepEqual(await ledger(), ['001_probes.sql', '002_gone.sql']);
    assert.deepEqual(await rows('gone'), ['once']);
  });

  test('that two begin at once are made by one of them', async () => {
    await migration(
      '003_twice',
      'CREATE TABLE twice (word text)',
      "INSERT INTO twice VALUES ('once')",
      'SELECT pg_sleep(4)',
    );
    const first = ended(app.start('one', 'deploy'));
    await asleep();
    const second = await sameJobAgain();
    const { exitCode, output } = await first;
    assert.equal(exitCode, 0, output);
    assert.equal((await over(second)).succeeded, 1, 'it waited, and found it done');
    assert.deepEqual(await rows('twice'), ['once']);
  });
});

interface Job extends KubeObject {
  readonly spec: { readonly template: { readonly spec: object } };
  readonly status?: { readonly succeeded?: number; readonly failed?: number };
}

/** The deploy's own Job once more under another name, as somebody with kubectl would begin it. */
async function sameJobAgain(): Promise<string> {
  const path = pathOf('jobs', app.namespace);
  const [job] = (await app.lab.api.call<KubeList<Job>>(path)).items;
  assert.ok(job, 'the deploy has a Job');
  const copy = { metadata: { name: 'by-hand' }, spec: { template: { spec: job.spec.template.spec } } };
  await create(app.lab.api, path, copy as never);
  return copy.metadata.name;
}

async function over(name: string): Promise<NonNullable<Job['status']>> {
  for (const untilMs = performance.now() + 60_000; performance.now() < untilMs; await wait(100)) {
    const { status = {} } = await app.lab.api.call<Job>(pathOf('jobs', app.namespace, name));
    if (status.succeeded || status.failed) return status;
  }
  throw new Error(`the Job ${name} is not over`);
}
