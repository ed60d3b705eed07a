import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';

import { forwardPort } from '../../kubernetes/forward.ts';
import { type KubeList, type KubeObject, type Pod, pathOf } from '../../kubernetes/objects.ts';
import { identity, recipient } from '../../secrets/sops/testKeys.ts';
import { type DeployedApp, openDeployedApp } from '../../testing/cluster/deployedApp.ts';

const root = fileURLToPath(new URL('../../../../..', import.meta.url));
const platform = { namespace: 'railiance-platform', selector: 'app.kubernetes.io/name=postgresql-ha', port: 5432 };

/** Asks the cluster's PostgreSQL as its admin. */
async function ask(app: DeployedApp, database: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const { api } = app.lab;
  const query = { labelSelector: platform.selector };
  const { items } = await api.call<KubeList<Pod>>(pathOf('pods', platform.namespace), { query });
  const pod = items.find(({ status }) => status?.phase === 'Running')?.metadata.name ?? 'none';
  const way = await forwardPort(api.connection, { namespace: platform.namespace, name: pod, port: platform.port });
  const client = new Client({ host: way.host, port: way.port, user: 'postgres', password: 'lab', database });
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => {});
    way.close();
  }
}

/** A database of its own, in the app's encrypted file as a person puts it there. */
async function giveDatabase(app: DeployedApp, more: readonly string[] = []): Promise<string> {
  const name = `lab_${randomBytes(4).toString('hex')}`;
  await ask(app, 'postgres', `CREATE DATABASE ${name}`);
  const folder = join(app.folder, app.slug, 'deploy/railiance/secrets');
  const file = join(folder, `${app.slug}.env.sops.yaml`);
  await mkdir(folder, { recursive: true });
  const url = `postgresql://postgres:lab@pgpool.${platform.namespace}.svc:${platform.port}/${name}`;
  await writeFile(file, [`DATABASE_URL: ${url}`, ...more, ''].join('\n'));
  await app.succeeds('one', 'secrets', 'encrypt', '--in-place', file, '--recipient', recipient);
  return name;
}

async function close(app: DeployedApp, database: string): Promise<void> {
  await ask(app, 'postgres', `DROP DATABASE ${database} WITH (FORCE)`);
  await app.close();
}

const env = { SOPS_AGE_KEY: identity };

describe('apps as they stand', () => {
  test('one that was tried on this machine is promoted to the cluster: the very image, without a build', async (context) => {
    const stages = '[[stages]]\nname = "canary"\nengine = "local"\n';
    const app = await openDeployedApp('promote', { slug: 'promoted', stages });
    context.after(async () => {
      await app.railiance('one', 'local', 'down');
      await app.close();
    });
    await app.succeeds('one', 'local', 'up', '--port', '0');
    await app.succeeds('one', 'deploy', '--stage', 'canary');
    const output = await app.succeeds('one', 'promote', '--to', 'production');
    assert.doesNotMatch(output, /Build/);
    assert.equal(await app.serves(), 'version v1');
    const [canary, production] = await Promise.all(
      ['canary', 'production'].map(async (stage) => await digestOn(app, stage)),
    );
    assert.ok(canary?.startsWith('sha256:'));
    assert.equal(production, canary);
  });

  test('the probe, with its database: a migration that fails half-way changes nothing', async (context) => {
    const fill = async (folder: string) => {
      await cp(join(root, 'examples/probe'), folder, { recursive: true });
      // Its own stages are of one machine.
      await rm(join(folder, 'blueprint.toml'));
      await mkdir(join(folder, 'node_modules'), { recursive: true });
      await symlink(join(root, 'node_modules/pg'), join(folder, 'node_modules/pg'));
    };
    const app = await openDeployedApp('probe', { slug: 'probe', fill, env });
    const database = await giveDatabase(app);
    context.after(() => close(app, database));
    assert.match(await app.succeeds('one', 'deploy'), /is live and verified as release 1/);
    assert.match(await app.serves('/api/probes'), /"name":"smoke"/);
    const broken = '-- railiance: expand\nALTER TABLE probes ADD COLUMN half integer;\nSELECT 1 / 0;\n';
    await writeFile(join(app.folder, 'probe/migrations/002_broken.sql'), broken);
    const { exitCode, output } = await app.railiance('one', 'deploy');
    assert.equal(exitCode, 1, output);
    assert.match(output, /cause +migration: .*division by zero/);
    assert.match(await app.serves('/api/probes'), /"name":"smoke"/);
    const columns = `SELECT column_name FROM information_schema.columns WHERE table_name = 'probes'`;
    assert.ok((await ask(app, database, columns)).every(({ column_name: name }) => name !== 'half'));
    assert.deepEqual(await ask(app, database, 'SELECT name FROM migrations'), [{ name: '001_probes.sql' }]);
    const { items } = await app.lab.api.call<KubeList<KubeObject>>(pathOf('jobs', app.namespace));
    assert.deepEqual(items, [], 'no Job of it is left');
  });

  test('inter-hub, with all twelve dashboards in its smoke test', async (context) => {
    const fill = async (folder: string) => {
      const pack = join(root, 'packages/inter-hub/scripts/pack.ts');
      await promisify(execFile)(process.execPath, [pack, folder], { timeout: 300_000 });
    };
    const app = await openDeployedApp('hub', { slug: 'inter-hub', fill, env });
    const database = await giveDatabase(app, ['IHP_BASEURL: http://inter-hub.production.localhost']);
    context.after(() => close(app, database));
    assert.match(await app.succeeds('one', 'deploy', '--yes'), /is live and verified as release 1/);
    assert.match(await app.serves('/'), /Inter-Hub/);
    assert.match(await app.succeeds('two', 'restart', 'inter-hub'), /verified/);
  });
});

async function digestOn(app: DeployedApp, stage: string): Promise<string | undefined> {
  const text = await app.succeeds('one', 'history', app.slug, '--stage', stage, '--json');
  const { entries } = JSON.parse(text) as {
    readonly entries: readonly { readonly release?: { readonly artifact: { readonly configDigest: string } } }[];
  };
  return entries[0]?.release?.artifact.configDigest;
}
