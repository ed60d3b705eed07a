import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';

import { homeAt } from '../config/home.ts';
import { systemClock } from '../domain/clock.ts';
import { target } from '../domain/name.ts';
import { type ProgressEvent, silent } from '../domain/progress.ts';
import { createLocalExec } from '../exec/localExec.ts';
import { databaseContract, databaseSpec } from './contract.ts';
import { createEmbeddedDatabase } from './embedded.ts';
import { placedFolder } from './placement.ts';
import { parsePostmasterFile } from './postmaster.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-embedded-'));
const home = homeAt({ RAILIANCE_HOME: root });
const open = () => createEmbeddedDatabase({ home, clock: systemClock });
const dataDir = join(home.postgres, 'cluster', 'data');
const pidFile = join(dataDir, 'postmaster.pid');
const canary = target('probe', 'canary');

after(async () => {
  await open().stop();
  await rm(root, { recursive: true });
});

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Another process that brings the server up and is killed as soon as it is there, or after a time. */
async function ensureAndDie(folder: string, afterMs = 60_000) {
  const script = `const { createEmbeddedDatabase } = await import('${import.meta.resolve('./embedded.ts')}');
    const { homeAt } = await import('${import.meta.resolve('../config/home.ts')}');
    const { systemClock } = await import('${import.meta.resolve('../domain/clock.ts')}');
    const home = homeAt({ RAILIANCE_HOME: ${JSON.stringify(folder)} });
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${afterMs});
    await createEmbeddedDatabase({ home, clock: systemClock }).ensure(() => {});
    process.kill(process.pid, 'SIGKILL');`;
  const argv = [process.execPath, '--input-type=module', '-e', script] as const;
  const { signal, stderr } = await createLocalExec().run({ argv: [...argv], timeoutMs: 60_000 });
  return { signal, stderr };
}
const killed = { signal: 'SIGKILL', stderr: '' };

const serverPid = async () => parsePostmasterFile(await readFile(pidFile, 'utf8'))?.pid as number;
const urlOf = async () => (await open().provision(canary, databaseSpec())).url.reveal();

databaseContract('embedded', async () => open());

describe('embedded PostgreSQL', () => {
  test('gives a role that owns its database and has no other right', async () => {
    const url = await urlOf();
    await query(url, 'CREATE TABLE t (id int); CREATE SCHEMA s');
    const [role] = await query(url, 'SELECT * FROM pg_roles WHERE rolname = current_user');
    for (const right of ['rolsuper', 'rolcreatedb', 'rolcreaterole', 'rolreplication', 'rolbypassrls']) {
      assert.equal(role?.[right], false, right);
    }
    await assert.rejects(query(url, 'CREATE ROLE another'), { code: '42501' });
    await assert.rejects(query(url, "COPY t FROM PROGRAM 'true'"), { code: '42501' });
    const other = (await open().provision(target('probe', 'production'), databaseSpec())).url.reveal();
    for (const database of ['probe_production', 'postgres', 'template1']) {
      await assert.rejects(query(url.replace(/[^/]*$/, database), 'SELECT 1'), { code: '42501' }, database);
    }
    await assert.rejects(query(other.replace(/:[^:@]*@/, ':wrong@'), 'SELECT 1'), { code: '28P01' });
  });

  test('says at once that its server was killed, and nothing while it lives', async () => {
    const database = open();
    await database.ensure(silent);
    const nobody = new AbortController();
    const lives = database.untilGone(nobody.signal).then(() => 'over');
    assert.equal(await Promise.race([lives, wait(300, 'alive')]), 'alive');
    nobody.abort();
    assert.equal(await lives, 'over');
    const patience = AbortSignal.timeout(60_000);
    const gone = database.untilGone(patience);
    await wait(100);
    process.kill(await serverPid(), 'SIGKILL');
    const killedAt = performance.now();
    await gone;
    assert.ok(performance.now() - killedAt < 10_000);
    assert.equal(getEventListeners(patience, 'abort').length, 0, 'nothing stays with the signal');
    await database.ensure(silent);
  });

  test('a turned login leaves the older password valid for one turn, and all data to both', async () => {
    const at = target('turned', 'canary');
    const spec = databaseSpec({ name: 'turned', user: 'turned' });
    const url = async () => (await open().provision(at, spec)).url.reveal();
    const turn = async () => await open().turnLogin(at, spec, await open().nextLogin(at, spec));
    const first = await url();
    await query(first, 'CREATE TABLE t (id int); INSERT INTO t VALUES (1)');
    await turn();
    const second = await url();
    await query(second, 'ALTER TABLE t ADD COLUMN more text; CREATE TABLE u (id int); INSERT INTO t VALUES (2)');
    assert.deepEqual(await query(first, 'SELECT id, more FROM t, (SELECT count(*) FROM u) AS n ORDER BY id'), [
      { id: 1, more: null },
      { id: 2, more: null },
    ]);
    await query(first, 'DROP TABLE u');
    for (const database of ['postgres', 'probe_canary']) {
      await assert.rejects(query(second.replace(/[^/]*$/, database), 'SELECT 1'), { code: '42501' }, database);
    }
    await turn();
    await assert.rejects(query(first, 'SELECT 1'), { code: '28P01' });
    assert.equal((await query(second, 'SELECT id FROM t')).length, 2);
    assert.equal((await query(await url(), 'SELECT id FROM t')).length, 2);
  });

  test('of two that turn at once one does, and what runs can log in', async () => {
    const at = target('race', 'canary');
    const spec = databaseSpec({ name: 'race', user: 'race' });
    const serving = (await open().provision(at, spec)).url.reveal();
    const next = await open().nextLogin(at, spec);
    const turns = await Promise.allSettled(Array.from({ length: 4 }, () => open().turnLogin(at, spec, next)));
    assert.equal(turns.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal((await query(serving, 'SELECT 1')).length, 1);
    assert.equal((await query((await open().provision(at, spec)).url.reveal(), 'SELECT 1')).length, 1);
  });

  test('mends a lost password and lost grants', async () => {
    const url = await urlOf();
    await rm(join(home.postgres, 'roles', 'probe_canary.password'));
    const mended = await open().provision(canary, databaseSpec());
    assert.equal(mended.created, true);
    assert.notEqual(mended.url.reveal(), url);
    assert.deepEqual(await query(mended.url.reveal(), 'SELECT 1 AS one'), [{ one: 1 }]);
  });

  test('writes no password into its log, and keeps its files from everybody else', async () => {
    const url = await urlOf();
    await assert.rejects(query(url, "SELECT 'hush-hush'::int"));
    const password = new URL(url).password;
    assert.doesNotMatch(await readFile(join(home.postgres, 'postgres.log'), 'utf8'), new RegExp(`${password}|SCRAM`));
    for (const file of ['postgres.log', 'server.json', 'roles/probe_canary.password', 'cluster/superuser']) {
      assert.equal((await stat(join(home.postgres, file))).mode & 0o077, 0, file);
    }
    assert.equal((await stat(dataDir)).mode & 0o077, 0);
  });

  test('finds a server that another process started', async () => {
    const url = await urlOf();
    const before = await serverPid();
    assert.deepEqual(await ensureAndDie(root), killed);
    assert.equal(await serverPid(), before);

    await open().stop();
    const started = await Promise.all([1, 2].map(async () => await ensureAndDie(root)));
    assert.deepEqual(started, [killed, killed]);
    assert.deepEqual(await query(url, 'SELECT 1 AS one'), [{ one: 1 }]);
    const events: ProgressEvent[] = [];
    await open().ensure((event) => events.push(event));
    assert.deepEqual(events, []);
  });

  test('comes back after kill -9 with all that was committed', async () => {
    const url = await urlOf();
    await query(url, 'CREATE TABLE IF NOT EXISTS kept (n int)');
    for (const n of [1, 2]) {
      await query(url, `INSERT INTO kept VALUES (${n})`);
      const pid = await serverPid();
      process.kill(pid, 'SIGKILL');
      await open().ensure(silent);
      assert.notEqual(await serverPid(), pid);
    }
    assert.deepEqual(await query(url, 'SELECT n FROM kept ORDER BY n'), [{ n: 1 }, { n: 2 }]);
  });

  test('starts beside a lock file whose process id another program has now', async () => {
    const url = await urlOf();
    const file = await readFile(pidFile, 'utf8');
    await open().stop();
    await writeFile(pidFile, file.replace(/^\d+/, String(process.pid)));
    await open().ensure(silent);
    assert.deepEqual(await query(url, 'SELECT 1 AS one'), [{ one: 1 }]);
  });

  test('does not start where another machine may run it', async () => {
    const file = await readFile(pidFile, 'utf8');
    await open().stop();
    const stateFile = join(home.postgres, 'server.json');
    const state = await readFile(stateFile, 'utf8');
    await writeFile(stateFile, state.replace(JSON.stringify(hostname()), '"elsewhere"'));
    await writeFile(pidFile, file.replace(/^\d+/, '4194303'));
    await assert.rejects(open().ensure(silent), /is in use by the machine elsewhere/);
    await rm(pidFile);
    await open().ensure(silent);
    assert.equal(await readFile(stateFile, 'utf8'), state);
  });

  test('keeps its port, and names it where another program holds it', async () => {
    const { port } = await open().status();
    await open().stop();
    const holder = createServer();
    await once(holder.listen(port, '127.0.0.1'), 'listening');
    const clock = { ...systemClock, elapsedMs: () => systemClock.elapsedMs() * 20 };
    const starting = createEmbeddedDatabase({ home, clock }).ensure(silent);
    await assert.rejects(starting, new RegExp(`its port ${port} on 127.0.0.1 is held by another program`));
    holder.close();
    await open().ensure(silent);
    assert.equal((await open().status()).port, port);
  });

  test('does not touch the data of another major version', async () => {
    await open().stop();
    const versionFile = join(dataDir, 'PG_VERSION');
    await rename(versionFile, `${versionFile}.kept`);
    await writeFile(versionFile, '17\n');
    await assert.rejects(open().ensure(silent), (error: { problem: string; hint: string; exitCode: number }) => {
      assert.match(error.problem, /made by PostgreSQL 17, and this railiance brings PostgreSQL 18/);
      assert.match(error.hint, /dump/);
      return error.exitCode === 5;
    });
    await rename(`${versionFile}.kept`, versionFile);
    await open().ensure(silent);
  });

  test('keeps its log within bounds while it runs', async () => {
    const log = join(home.postgres, 'postgres.log');
    await writeFile(log, 'x'.repeat(5 * 1024 ** 2), { flag: 'a' });
    await open().ensure(silent);
    const url = await urlOf();
    await assert.rejects(query(url, 'SELECT wrong'));
    const after = await readFile(log, 'utf8');
    assert.match(after, /column "wrong" does not exist/);
    assert.ok(after.length < 10_000);
    assert.ok((await stat(`${log}.1`)).size > 5 * 1024 ** 2);
  });

  test('is made whole, at whatever instant those who made it were killed', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'railiance-killed-'));
    const seed = Date.now();
    context.diagnostic(`seed ${seed}`);
    const provider = createEmbeddedDatabase({ home: homeAt({ RAILIANCE_HOME: folder }), clock: systemClock });
    try {
      for (let round = 0; round < 2; round++) {
        const afterMs = (Math.abs(Math.sin(seed + round)) * 1e4) % 700;
        assert.deepEqual(await ensureAndDie(folder, afterMs), killed);
      }
      const { url } = await provider.provision(canary, databaseSpec());
      assert.deepEqual(await query(url.reveal(), 'SELECT 1 AS one'), [{ one: 1 }]);
    } finally {
      await provider.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });

  test('is made once where several begin at once, under a private folder', async () => {
    const closed = await mkdtemp(join(tmpdir(), 'railiance-closed-'));
    const folder = join(closed, 'home');
    const closedHome = homeAt({ RAILIANCE_HOME: folder });
    const provider = createEmbeddedDatabase({ home: closedHome, clock: systemClock });
    try {
      const started = await Promise.all([1, 2].map(async () => await ensureAndDie(folder)));
      assert.deepEqual(started, [killed, killed]);
      const { url, created } = await provider.provision(canary, databaseSpec());
      assert.equal(created, true);
      assert.deepEqual(await query(url.reveal(), 'SELECT 1 AS one'), [{ one: 1 }]);
      const names = await readdir((await placedFolder(closedHome)) as string);
      assert.deepEqual(
        names.filter((name) => /initialising|tmp/.test(name)),
        [],
      );
    } finally {
      await provider.stop();
      await rm((await placedFolder(closedHome)) as string, { recursive: true });
      await rm(closed, { recursive: true });
    }
  });
});
