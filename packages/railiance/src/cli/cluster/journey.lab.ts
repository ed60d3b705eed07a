import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { type DeployedApp, openDeployedApp } from '../../testing/cluster/deployedApp.ts';

const slug = 'journey';
const rollouts = 10;

let app: DeployedApp;
before(async () => {
  app = await openDeployedApp('journey', { slug });
});
after(() => app.close());

describe('an app on a cluster', () => {
  test('is deployed, and everything railiance says of it holds', async () => {
    const output = await app.succeeds('one', 'deploy');
    assert.match(output, /is live and verified as release 1/);
    assert.equal(await app.serves(), 'version v1');
    assert.match(await app.succeeds('two', 'status'), /✓ serving +#1/);
    assert.match(await app.succeeds('two', 'logs', slug), /session \[secret\]/);
    const node = ['/usr/local/bin/node', '-p', 'process.env.RAILIANCE_STAGE'];
    assert.match(await app.succeeds('two', 'exec', '--', ...node), /production/);
  });

  test('changes nothing when the same is deployed again', async () => {
    assert.match(await app.succeeds('one', 'deploy'), /release 1 serves already/);
  });

  test(`is replaced, restarted and rolled back ${rollouts} times without one failed request`, async (context) => {
    const guest = app.visitor();
    for (let count = 1; count <= rollouts; count++) {
      // Of three: a new version, the same one again, the one before; from machines that know nothing of each other.
      if (count % 3 === 1) await app.version(`v${count + 1}`);
      const serving = await app.serves();
      const command = [['rollback', slug], ['deploy'], ['restart', slug]][count % 3] ?? [];
      await app.succeeds(count % 2 === 0 ? 'one' : 'two', ...command);
      const now = await app.serves();
      if (count % 3 === 2) assert.equal(now, serving);
      else assert.notEqual(now, serving);
    }
    await guest.stop();
    context.diagnostic(`${guest.answers} requests`);
    assert.ok(guest.answers > 50 * rollouts, `${guest.answers} answers`);
    assert.deepEqual(guest.failures, []);
  });

  test('that crashes is named, and the old version goes on', async () => {
    const serving = await app.serves();
    await app.version('broken', "console.error('no such table: probes'); process.exit(7);");
    const { exitCode, output } = await app.railiance('one', 'deploy');
    assert.equal(exitCode, 1, output);
    assert.match(output, /crash: it ended with exit code 7: no such table: probes/);
    assert.equal(await app.serves(), serving);
  });
});
