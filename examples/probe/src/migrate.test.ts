import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

import { withPostgres } from '../../../packages/railiance/src/testing/postgres.ts';

/** A copy of the app whose migrations a test may add to. */
const app = await mkdtemp(join(tmpdir(), 'probe-migrate-'));
after(async () => await rm(app, { recursive: true }));
const original = fileURLToPath(new URL('..', import.meta.url));
for (const part of ['src', 'migrations', 'package.json']) {
  await cp(join(original, part), join(app, part), { recursive: true });
}
await symlink(fileURLToPath(new URL('../..', import.meta.resolve('pg'))), join(app, 'node_modules'));

function begin(url: string | undefined, folder = app) {
  const child = spawn(process.execPath, [join(folder, 'src/migrate.ts')], { env: url ? { DATABASE_URL: url } : {} });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const ended = once(child, 'close').then(([exitCode, signal]) => ({ exitCode, signal, output }));
  return { child, ended };
}

const migrate = async (url: string | undefined, folder?: string) => await begin(url, folder).ended;

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function withMigration(name: string, sql: string, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(app, 'more-'));
  for (const part of ['src', 'migrations', 'package.json']) {
    await cp(join(original, part), join(folder, part), { recursive: true });
  }
  await mkdir(join(folder, 'migrations'), { recursive: true });
  await writeFile(join(folder, 'migrations', name), sql);
  await use(folder);
}

describe('migrate', () => {
  test('makes the table once, and says so', async () => {
    await withPostgres(async (url) => {
      assert.deepEqual(await migrate(url), { exitCode: 0, signal: null, output: '001_probes.sql (expand): applied\n' });
      assert.match((await migrate(url)).output, /^001_probes.sql \(expand\): already there\n$/);
    });
  });

  test('lets one of many that begin at once do the work', async () => {
    await withPostgres(async (url) => {
      const results = await Promise.all(Array.from({ length: 5 }, async () => await migrate(url)));
      assert.deepEqual(
        results.map(({ exitCode }) => exitCode),
        [0, 0, 0, 0, 0],
        results.map(({ output }) => output).join(''),
      );
      assert.equal(results.filter(({ output }) => output.includes(': applied')).length, 1);
    });
  });

  test('undoes a migration that fails, all of it, and names it', async () => {
    await withPostgres(async (url) => {
      const sql = '-- railiance: expand\nCREATE TABLE half (id int);\nSELECT 1 / 0;\n';
      await withMigration('002_broken.sql', sql, async (folder) => {
        const { exitCode, output } = await migrate(url, folder);
        assert.equal(exitCode, 1);
        assert.match(output, /^migrate: error: 002_broken\.sql: division by zero$/m);
      });
      await withClient(url, async (client) => {
        const { rows } = await client.query("SELECT to_regclass('half') AS half, name FROM migrations");
        assert.deepEqual(rows, [{ half: null, name: '001_probes.sql' }]);
      });
    });
  });

  test('converges when it is killed at any instant and run again', { timeout: 60_000 }, async () => {
    await withPostgres(async (url) => {
      const sql =
        '-- railiance: expand\nCREATE TABLE slow (id int);\nSELECT pg_sleep(0.3);\nINSERT INTO slow VALUES (1);\n';
      await withMigration('002_slow.sql', sql, async (folder) => {
        for (const afterMs of [60, 120, 180, 240, 300, 360]) {
          const { child, ended } = begin(url, folder);
          await wait(afterMs);
          child.kill('SIGKILL');
          await ended;
        }
        assert.equal((await migrate(url, folder)).exitCode, 0);
      });
      await withClient(url, async (client) => {
        assert.deepEqual((await client.query('SELECT id FROM slow')).rows, [{ id: 1 }]);
        const { rows } = await client.query('SELECT name FROM migrations ORDER BY name');
        assert.deepEqual(rows, [{ name: '001_probes.sql' }, { name: '002_slow.sql' }]);
      });
    });
  });

  test('refuses a migration that was changed after it had been applied', async () => {
    await withPostgres(async (url) => {
      await migrate(url);
      await withMigration('001_probes.sql', '-- railiance: expand\nSELECT 1;\n', async (folder) => {
        assert.match((await migrate(url, folder)).output, /001_probes\.sql: it was changed after it had been applied/);
      });
    });
  });

  test('lets an older version run on a newer database, unless that lost something', async () => {
    await withPostgres(async (url) => {
      const more = '-- railiance: expand\nALTER TABLE probes ADD COLUMN note text;\n';
      await withMigration('002_note.sql', more, async (folder) =>
        assert.equal((await migrate(url, folder)).exitCode, 0),
      );
      assert.equal((await migrate(url)).exitCode, 0);
      const less = '-- railiance: contract\nALTER TABLE probes DROP COLUMN note;\n';
      await withMigration('002_note.sql', more, async (folder) => {
        await writeFile(join(folder, 'migrations/003_no_note.sql'), less);
        assert.equal((await migrate(url, folder)).exitCode, 0);
      });
      const { exitCode, output } = await migrate(url);
      assert.equal(exitCode, 1);
      assert.match(output, /the database is newer than this version: 003_no_note\.sql \(contract\)/);
    });
  });

  test('wants to know what a migration means for a rollback', async () => {
    await withPostgres(async (url) => {
      await withMigration('002_silent.sql', 'SELECT 1;\n', async (folder) => {
        const { exitCode, output } = await migrate(url, folder);
        assert.equal(exitCode, 1);
        assert.match(output, /002_silent\.sql does not begin with "-- railiance: expand"/);
      });
    });
  });

  test('says where it cannot reach the database, without its password', async () => {
    const { exitCode, output } = await migrate('postgresql://probe:hush-hush@127.0.0.1:1/probe');
    assert.equal(exitCode, 1);
    assert.match(output, /^migrate: error: .*ECONNREFUSED/);
    assert.doesNotMatch(output, /hush/);
    assert.match((await migrate(undefined)).output, /DATABASE_URL is not set/);
  });
});
