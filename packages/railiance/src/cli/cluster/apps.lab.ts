import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { identity, recipient } from '../../secrets/sops/testKeys.ts';
import { type DeployedApp, openDeployedApp } from '../../testing/cluster/deployedApp.ts';
import { databaseUrl, dropDatabases, withPostgres } from '../../testing/cluster/labPostgres.ts';

const root = fileURLToPath(new URL('../../../../..', import.meta.url));

/** The address of a database of its own and the app's own, in its encrypted file as a person puts them there. */
async function sealAddresses(app: DeployedApp, database: string): Promise<void> {
  await withPostgres(app.lab.api, (query) => query(`CREATE DATABASE ${database}`));
  const folder = join(app.directory, 'deploy/railiance/secrets');
  const file = join(folder, `${app.slug}.env.sops.yaml`);
  await mkdir(folder, { recursive: true });
  await writeFile(file, `DATABASE_URL: ${databaseUrl(database)}\nIHP_BASEURL: http://${app.host}\n`);
  await app.succeeds('one', 'secrets', 'encrypt', '--in-place', file, '--recipient', recipient);
}

describe('apps as they stand', () => {
  test('one that was tried on this machine is promoted to the cluster: the very image, without a build', async (context) => {
    const blueprint = '[[stages]]\nname = "canary"\nengine = "local"\n';
    const app = await openDeployedApp('promote', { slug: 'promoted', blueprint });
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

  test('inter-hub, with all twelve dashboards in its smoke test and its database in its encrypted file', async (context) => {
    const fill = async (folder: string) => {
      const pack = join(root, 'packages/inter-hub/scripts/pack.ts');
      await promisify(execFile)(process.execPath, [pack, folder], { timeout: 300_000 });
    };
    const app = await openDeployedApp('hub', { slug: 'inter-hub', fill, env: { SOPS_AGE_KEY: identity } });
    const database = `lab_${randomBytes(4).toString('hex')}`;
    context.after(async () => {
      await dropDatabases(app.lab.api, database);
      await app.close();
    });
    await sealAddresses(app, database);
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
