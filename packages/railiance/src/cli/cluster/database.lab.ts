import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { createClusterDatabase } from '../../database/clusterDatabase.ts';
import type { DatabaseSpec } from '../../domain/app.ts';
import { Failure } from '../../domain/failure.ts';
import { target } from '../../domain/name.ts';
import { silent } from '../../domain/progress.ts';
import { Secret } from '../../domain/secret.ts';
import { type DeployedApp, openDeployedApp } from '../../testing/cluster/deployedApp.ts';
import { adminUrl, dropDatabases, type Query, withPostgres } from '../../testing/cluster/labPostgres.ts';

const name = `lab_${process.pid.toString(36)}_${Date.now().toString(36)}`;
const toml = `
[build]
builder = "node"
[database]
name = "${name}"
migrate = ["/usr/local/bin/node", "-e", "console.log(process.env.DATABASE_URL ? 'given' : process.exit(3))"]
`;

let app: DeployedApp;
before(async () => {
  const settings = 'database = { url = "env:LAB_PGADMIN" }';
  app = await openDeployedApp('db', { slug: 'web', settings, toml, env: { LAB_PGADMIN: adminUrl } });
});
after(async () => {
  await dropDatabases(app.lab.api, name);
  await app.close();
});

const asAdmin = <T>(work: (query: Query) => Promise<T>, url?: string) => withPostgres(app.lab.api, work, url);

const provider = () => {
  const place = { api: app.lab.api, namespace: app.records };
  return createClusterDatabase({ place, adminUrl: async () => new Secret(adminUrl) });
};
const spec = (parts: Partial<DatabaseSpec> = {}): DatabaseSpec => ({
  ...{ name: `${name}_own`, user: `${name}_own`, migrateTimeoutMs: 60_000, scope: 'stage' },
  ...parts,
});

describe('a database on a PostgreSQL that the stage names', () => {
  test('is made with its role, found again from any machine, and turned between two logins', async () => {
    const here = target('own', 'canary');
    const [first, second] = await Promise.all([provider().provision(here, spec()), provider().provision(here, spec())]);
    assert.equal(first.url.reveal(), second.url.reveal());
    assert.equal((await provider().provision(here, spec())).created, false);
    assert.match(first.url.reveal(), /@pgpool\.railiance-platform\.svc:5432\//);
    const write = (query: Query) => query('CREATE TABLE IF NOT EXISTS notes (words text)');
    await asAdmin(write, first.url.reveal());
    const role = await provider().nextLogin(here, spec());
    await provider().turnLogin(here, spec(), role);
    const turned = await provider().provision(here, spec());
    assert.notEqual(turned.url.reveal(), first.url.reveal());
    await asAdmin((query) => query("INSERT INTO notes VALUES ('by the new login')"), turned.url.reveal());
    await asAdmin((query) => query('SELECT * FROM notes'), first.url.reveal());
  });

  test('that somebody else made stays theirs', async () => {
    await asAdmin((query) => query(`CREATE DATABASE "${name}_theirs_canary"`));
    const theirs = spec({ name: `${name}_theirs` });
    await assert.rejects(provider().provision(target('own', 'canary'), theirs), (error) => {
      assert.ok(error instanceof Failure && error.exitCode === 2);
      return /was not made by railiance/.test(error.problem) && /COMMENT ON DATABASE/.test(error.hint ?? '');
    });
  });

  test('is ready, or says why not', async () => {
    await provider().ensure(silent);
    const place = { api: app.lab.api, namespace: app.records };
    const wrong = new URL(adminUrl);
    wrong.password = 'wrong';
    const denied = createClusterDatabase({ place, adminUrl: async () => new Secret(wrong.href) });
    await assert.rejects(denied.ensure(silent), /password/);
    wrong.hostname = 'nobody.railiance-platform.svc';
    const nobody = createClusterDatabase({ place, adminUrl: async () => new Secret(wrong.href) });
    await assert.rejects(nobody.ensure(silent), /no pod is behind/);
  });

  test('an app with [database] is deployed from its own app.toml, migrations included', async () => {
    const output = await app.succeeds('one', 'deploy');
    assert.match(output, /Database: database lab_\w+ is made/);
    assert.match(output, /✓ Migrations/);
    assert.doesNotMatch(output, /postgresql:\/\/[^ ]*:[^ ]*@/);
    const node = ['/usr/local/bin/node', '-p', 'new URL(process.env.DATABASE_URL).host'];
    assert.match(await app.succeeds('one', 'exec', '--', ...node), /pgpool\.railiance-platform\.svc:5432/);
    const rotate = ['secrets', 'rotate', 'DATABASE_URL', '--stage', 'production'];
    assert.match(await app.succeeds('one', ...rotate), /new value/);
    assert.match(await app.succeeds('one', 'deploy'), /is live and verified as release 2/);
  });
});
