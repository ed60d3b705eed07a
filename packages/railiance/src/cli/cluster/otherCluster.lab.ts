import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { pathOf } from '../../kubernetes/objects.ts';
import { read, remove } from '../../kubernetes/store.ts';
import { type DeployedApp, openDeployedApp } from '../../testing/cluster/deployedApp.ts';

describe('a machine that deployed an app to another cluster', () => {
  let app: DeployedApp;
  let file: string;
  before(async () => {
    app = await openDeployedApp('other', { slug: 'other' });
    const blueprint = join(app.folder, 'blueprint.toml');
    const text = await readFile(blueprint, 'utf8');
    await writeFile(blueprint, text.replace('production = false', 'production = true'));
    file = join(app.env('one').RAILIANCE_HOME ?? '', 'cache', 'clusters', 'other.production.json');
    await app.succeeds('one', 'deploy');
    const { uid, ...known } = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
    assert.match(uid ?? '', /^[0-9a-f-]{36}$/);
    // To this machine the cluster is another one from now on.
    await writeFile(file, JSON.stringify({ ...known, uid: '00000000-0000-0000-0000-000000000000' }));
  });
  after(() => app.close());

  test('goes on with one that has releases of the app, and knows it from then on', async () => {
    await app.version('v2');
    await app.succeeds('one', 'deploy');
    assert.equal(await app.serves(), 'version v2');
    assert.doesNotMatch(await readFile(file, 'utf8'), /0000-000000000000/);
  });

  test('does not begin anew on one that has none, unless that is said', async () => {
    await writeFile(file, JSON.stringify({ uid: 'x', server: 'https://10.0.0.7:6443', context: 'k3s-prod' }));
    for (const name of [app.records, app.namespace]) {
      const path = pathOf('namespaces', undefined, name);
      await remove(app.lab.api, path);
      while (await read(app.lab.api, path)) await wait(100);
    }
    for (const verb of ['rollback', 'restart', 'history', 'status']) {
      const seen = await app.must(6, 'one', verb, 'other');
      assert.match(
        seen,
        /stage production cannot be asked: find other@production: it was deployed to https:\/\/10\.0\.0\.7:6443/,
        verb,
      );
      assert.match(seen, /hint: +name the right one with context = "…" .*gone for good, rm \S+other\.production\.json/);
    }
    const pruned = await app.must(1, 'one', 'registry', 'prune', 'other');
    assert.match(pruned, /hint: +nothing was removed; name the right one/);
    assert.match(pruned, /what production needs is not known: find other@production: it was deployed to/);
    const output = await app.must(4, 'one', 'deploy');
    assert.match(output, /NO-GO: same cluster: it was deployed to https:\/\/10\.0\.0\.7:6443 \(context k3s-prod\)/);
    assert.match(output, /hint: +name the right one with context = "…"/);
    await app.succeeds('one', 'deploy', '--despite', 'same cluster', '--reason', 'k3s-prod is gone');
    assert.equal(await app.serves(), 'version v2');
    assert.match(await app.succeeds('one', 'gate'), /same cluster .*it has release 1 of other/);
  });

  test('knows nothing of it where it never deployed the app', async () => {
    await app.version('v3');
    await app.succeeds('two', 'deploy');
    assert.equal(await app.serves(), 'version v3');
  });
});
