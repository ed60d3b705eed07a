import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

import { assertSettled } from '../../../../../test/chaos/invariants.ts';
import { pathOf } from '../../kubernetes/objects.ts';
import { ensureNamespace } from '../../kubernetes/store.ts';
import { askedFrom, type DeployedApp, ended, openDeployedApp } from '../../testing/cluster/deployedApp.ts';
import { assertNothingMissed } from '../../testing/cluster/forgottenPlace.ts';
import { type MarkedHelm, markHelm } from '../../testing/cluster/killing.ts';

/** Shell command that restarts the API server of the cluster that is tested on. */
const restart = process.env.RAILIANCE_LAB_RESTART;
const slug = 'steady';

let app: DeployedApp;
let helm: MarkedHelm;
before(async () => {
  app = await openDeployedApp('restart', { slug });
  helm = await markHelm(app);
  await app.settings(`helm = "${helm.program}"`);
  await app.succeeds('one', 'deploy');
});
after(() => app.close());

describe('an API server that restarts', { skip: restart === undefined && 'RAILIANCE_LAB_RESTART is not set' }, () => {
  const moments = [
    { name: 'as Helm begins', afterMs: 0 },
    { name: 'while pods get ready', afterMs: 2_500 },
    { name: 'before the switch', afterMs: 5_500 },
  ];
  const restarts = () => promisify(execFile)('sh', ['-c', String(restart)], { timeout: 60_000 });

  test('has forgotten the place of a watch: it gets its 410, lists again, and misses no change', async (context) => {
    const namespace = `${app.lab.mark}-watch`;
    await ensureNamespace(app.lab.api, namespace, {});
    await assertNothingMissed({
      ...{ api: app.lab.api, list: pathOf('leases', namespace) },
      object: (name) => ({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace } }),
      forget: async () => void (await restarts()),
      says: (words) => context.diagnostic(words),
    });
  });

  for (const { name, afterMs } of moments) {
    test(`${name}: the deploy ends well or says what happened, and visitors notice nothing`, async (context) => {
      const guest = app.visitor();
      const old = await app.serves();
      const next = `after ${afterMs} ms`;
      await app.version(next, 'await new Promise((done) => setTimeout(done, 4000));');
      await helm.forget();
      const child = app.start('one', 'deploy');
      const gone = ended(child);
      while (helm.pid('upgrade') === undefined && child.exitCode === null) await wait(10);
      await wait(afterMs);
      await restarts();
      const { exitCode, output } = await gone;
      context.diagnostic(`exit ${exitCode}: ${output.trimEnd().split('\n').at(-1)}`);
      assert.equal(await app.serves(), exitCode === 0 ? `version ${next}` : old, output);
      if (exitCode !== 0) assert.match(output, /cause .*\n.*now /, 'it says why, and what serves');
      await app.succeeds('two', 'deploy', '--wait', '60s');
      assert.equal(await app.serves(), `version ${next}`);
      await assertSettled(askedFrom(app, 'two'), 'production');
      await guest.stop();
      assert.deepEqual(guest.failures, []);
    });
  }
});
