import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { pathOf } from '../../kubernetes/objects.ts';
import { read, remove } from '../../kubernetes/store.ts';
import { type DeployedApp, openDeployedApp } from '../../testing/cluster/deployedApp.ts';

const anew = ['--despite', 'records', '--reason', 'they were removed'];

describe('an app that runs on a cluster whose records somebody removed', () => {
  let app: DeployedApp;
  before(async () => {
    app = await openDeployedApp('lost', { slug: 'lost' });
    await app.succeeds('one', 'deploy');
    const path = pathOf('namespaces', undefined, app.records);
    await remove(app.lab.api, path);
    while (await read(app.lab.api, path)) await wait(100);
  });
  after(() => app.close());

  test('is not taken for one that is new', async () => {
    await app.version('v2');
    const output = await app.must(4, 'one', 'deploy');
    assert.match(output, /NO-GO: records: lost-production-\S+ in \S+-apps is on no record in the namespace \S+-state/);
    assert.match(output, /hint: +name their namespace with state_namespace/);
    assert.equal(await app.serves(), 'version v1');
    assert.match(await app.must(4, 'one', 'gate'), /✗ +records/);
    const seen = await app.must(6, 'one', 'status', 'lost');
    assert.match(seen, /find lost@production: its records in the namespace \S+-state are gone/);
    assert.match(seen, /hint: +bring that namespace back; where it is gone for good, rm /);
  });

  test('goes on where a deploy that begins anew all the same fails', async () => {
    const guest = app.visitor();
    await app.version('broken', 'process.exit(3);');
    assert.match(await app.must(5, 'one', 'deploy', ...anew), /exit code 3/);
    assert.equal(await app.serves(), 'version v1');
    await guest.stop();
    assert.deepEqual(guest.failures, []);
  });

  test('begins anew where that is said, without one failed request', async () => {
    const guest = app.visitor();
    await app.version('v2');
    await app.succeeds('one', 'deploy', ...anew);
    assert.equal(await app.serves(), 'version v2');
    await app.version('v3');
    await app.succeeds('one', 'deploy');
    assert.equal(await app.serves(), 'version v3');
    await guest.stop();
    assert.deepEqual(guest.failures, []);
  });

  test('is restarted without one failed request where only what is to be was lost', async () => {
    const guest = app.visitor();
    await remove(app.lab.api, pathOf('configmaps', app.records, 'lost.production.target'));
    await app.succeeds('two', 'restart', 'lost');
    await app.version('v4');
    await app.succeeds('one', 'deploy');
    assert.equal(await app.serves(), 'version v4');
    await guest.stop();
    assert.deepEqual(guest.failures, []);
  });
});
