import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { type DeployedApp, openDeployedApp, plainToml } from '../../testing/cluster/deployedApp.ts';
import { withUsualTraefik } from '../../testing/cluster/usualTraefik.ts';

const isLab = process.env.RAILIANCE_LAB_NODE === 'here';
const rollouts = 10;

describe('a Traefik that takes changes in two seconds apart', {
  skip: !isLab && 'this Traefik is not the lab’s',
}, () => {
  let app: DeployedApp;
  let takeBack = async () => {};
  before(async () => {
    app = await openDeployedApp('usual', { slug: 'usual' });
    takeBack = await withUsualTraefik(app.lab);
  });
  after(async () => {
    try {
      await app.close();
    } finally {
      await takeBack();
    }
  });

  test(`meets ${rollouts} new versions, a restart and two ways back without one failed request`, async (context) => {
    await app.succeeds('one', 'deploy');
    const guest = app.visitor();
    const seconds: number[] = [];
    for (let count = 1; count <= rollouts; count++) {
      await app.version(`v${count + 1}`);
      const began = performance.now();
      await app.succeeds('one', 'deploy');
      seconds.push((performance.now() - began) / 1000);
      assert.equal(await app.serves(), `version v${count + 1}`);
    }
    await app.succeeds('one', 'restart', 'usual');
    for (const version of [`v${rollouts}`, `v${rollouts - 1}`]) {
      await app.succeeds('two', 'rollback', 'usual');
      assert.equal(await app.serves(), `version ${version}`);
    }
    await guest.stop();
    context.diagnostic(`deploys took ${seconds.map((one) => one.toFixed(1)).join(', ')} s`);
    assert.deepEqual(guest.failures, []);
    assert.ok(guest.answers > 50 * rollouts, `${guest.answers} answers`);
  });

  test('leads to the old version while a new one does not get ready, or fails its smoke test', async () => {
    const serving = await app.serves();
    const guest = app.visitor();
    await app.version('dead', 'process.exit(3);');
    assert.match(await app.must(1, 'one', 'deploy'), /exit code 3/);
    await app.configure(plainToml.replace('"version"', '"something else"'));
    await app.version('unlike');
    await app.must(1, 'one', 'deploy');
    assert.equal(await app.serves(), serving);
    await guest.stop();
    assert.deepEqual(guest.failures, []);
  });
});
