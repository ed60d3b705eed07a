import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { createClusterDatabase } from '../../database/clusterDatabase.ts';
import { loginOf, withConnection } from '../../database/connection.ts';
import type { DatabaseSpec } from '../../domain/app.ts';
import { Failure } from '../../domain/failure.ts';
import { target } from '../../domain/name.ts';
import { silent } from '../../domain/progress.ts';
import { Secret } from '../../domain/secret.ts';
import { forwardPort } from '../../kubernetes/forward.ts';
import { type KubeList, type KubeObject, pathOf } from '../../kubernetes/objects.ts';
import { type ClusterApp, openClusterApp, plainAppToml } from '../../testing/cluster/clusterApp.ts';

/** The lab's own; a cluster of somebody else's names another. */
const adminUrl =
  process.env.RAILIANCE_LAB_POSTGRES ?? 'postgresql://postgres:lab@pgpool.railiance-platform.svc:5432/postgres';
const name = `lab_${process.pid.toString(36)}_${Date.now().toString(36)}`;

let app: ClusterApp;
before(async () => {
  const settings = () => 'database = { url = "env:LAB_PGADMIN" }';
  const toml = (host: string) =>
    plainAppToml(
      host,
      `[database]\nname = "${name}"\nmigrate = ["/usr/local/bin/node", "-e", "console.log(process.env.DATABASE_URL ? 'given' : process.exit(3))"]\n`,
    );
  app = await openClusterApp({ purpose: 'db', settings, appToml: toml, env: { LAB_PGADMIN: adminUrl } });
});
after(async () => {
  await asAdmin(async (query) => {
    const { rows } = await query("SELECT datname FROM pg_database WHERE datname LIKE 'lab\\_%'");
    for (const { datname = '' } of rows)
      if (datname.startsWith(name)) await query(`DROP DATABASE "${datname}" WITH (FORCE)`);
    const roles = await query(
      "SELECT rolname FROM pg_roles WHERE rolname LIKE 'lab\\_%' ORDER BY length(rolname) DESC",
    );
    for (const { rolname = '' } of roles.rows) if (rolname.startsWith(name)) await query(`DROP ROLE "${rolname}"`);
  });
  await app.close();
});

type Query = (sql: string) => Promise<{ rows: Record<string, string>[] }>;

async function asAdmin<T>(work: (query: Query) => Promise<T>, url = adminUrl): Promise<T> {
  const { api } = app.lab;
  const path = pathOf('pods', 'railiance-platform');
  const { items } = await api.call<KubeList<KubeObject>>(path, {
    query: { labelSelector: 'app.kubernetes.io/name=postgresql-ha' },
  });
  const pod = items[0]?.metadata.name ?? '';
  const { host, port, close } = await forwardPort(api.connection, {
    namespace: 'railiance-platform',
    name: pod,
    port: 5432,
  });
  try {
    const login = { ...loginOf(new Secret(url)), host, port };
    return await withConnection(login, (client) => work((sql) => client.query(sql)));
  } finally {
    close();
  }
}

const provider = () => {
  const place = { api: app.lab.api, namespace: `${app.lab.mark}-state` };
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
    const place = { api: app.lab.api, namespace: `${app.lab.mark}-state` };
    const wrong = new URL(adminUrl);
    wrong.password = 'wrong';
    const denied = createClusterDatabase({ place, adminUrl: async () => new Secret(wrong.href) });
    await assert.rejects(denied.ensure(silent), /password/);
    wrong.hostname = 'nobody.railiance-platform.svc';
    const nobody = createClusterDatabase({ place, adminUrl: async () => new Secret(wrong.href) });
    await assert.rejects(nobody.ensure(silent), /no pod is behind/);
  });

  test('an app with [database] is deployed from its own app.toml, migrations included', async () => {
    const output = await app.railiance(['deploy']);
    assert.match(output, /Database: database lab_\w+ is made/);
    assert.match(output, /✓ Migrations/);
    assert.doesNotMatch(output, /postgresql:\/\/[^ ]*:[^ ]*@/);
    const names = await app.railiance([
      'exec',
      '--',
      '/usr/local/bin/node',
      '-p',
      'new URL(process.env.DATABASE_URL).host',
    ]);
    assert.match(names, /pgpool\.railiance-platform\.svc:5432/);
    assert.match(await app.railiance(['secrets', 'rotate', 'DATABASE_URL', '--stage', 'production']), /new value/);
    assert.match(await app.railiance(['deploy']), /is live and verified as release 2/);
  });
});
