import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { type KubeList, type KubeObject, pathOf } from '../../../kubernetes/objects.ts';
import { type DeployedApp, ended, openDeployedApp } from '../../../testing/cluster/deployedApp.ts';
import { kill, type MarkedHelm, markHelm, slowDown, untilPending } from '../../../testing/cluster/killing.ts';
import { writeSeedChart } from '../../../testing/cluster/seedChart.ts';
import { assertHealed, cure, helmStatus } from '../../../testing/cluster/settling.ts';

/** It sees no process of the machine that died: only a heartbeat that stands still tells it that the lease is free. */
const far = 'far';
const ttlMs = 30_000;

/** Kills the command line and its helm while that one is in the middle of its work, as a machine that dies does. */
async function dieWhile(
  app: DeployedApp,
  helm: MarkedHelm,
  status: `pending-${'install' | 'upgrade' | 'rollback'}`,
  ...command: readonly string[]
): Promise<void> {
  const speedUp = await slowDown(app);
  try {
    const child = app.start('one', ...command);
    const gone = ended(child);
    await untilPending(app, status);
    kill(helm.pid(status === 'pending-rollback' ? 'rollback' : 'upgrade'));
    child.kill('SIGKILL');
    const { output } = await gone;
    assert.equal(await helmStatus(app), status, output);
  } finally {
    await speedUp();
  }
}

/** From the death of the holder on: not before its lease may be over, and not long after. */
async function takesOver<T>(work: () => Promise<T>, says: (words: string) => void): Promise<T> {
  const beganMs = performance.now();
  const result = await work();
  const tookMs = performance.now() - beganMs;
  says(`another host settled it after ${(tookMs / 1000).toFixed(1)} s`);
  assert.ok(tookMs > ttlMs * 0.9, 'it waited for the lease');
  assert.ok(tookMs < ttlMs + 40_000, 'and for no longer');
  return result;
}

describe('a deploy that dies with its helm', () => {
  let app: DeployedApp;
  let helm: MarkedHelm;
  before(async () => {
    app = await openDeployedApp('pending', { slug: 'cut', hosts: { [far]: {} } });
    helm = await markHelm(app);
    await app.settings(`helm = "${helm.program}"`);
  });
  after(() => app.close());

  test('leaves pending-install behind, and another host heals it once the lease is over', async (context) => {
    await dieWhile(app, helm, 'pending-install', 'deploy');
    // A first deploy has nothing to return to: what is left is cleared away, and a person decides to try again.
    const words = await takesOver(
      () => app.must(5, far, 'deploy', '--wait', '90s'),
      (said) => context.diagnostic(said),
    );
    assert.match(words, /nothing serves/);
    await app.succeeds(far, 'deploy');
    assert.equal(await app.serves(), 'version v1');
    await assertHealed(app);
  });

  test('leaves pending-upgrade behind, and another host heals it once the lease is over', async (context) => {
    await app.version('v2');
    await dieWhile(app, helm, 'pending-upgrade', 'deploy');
    // Helm was told of the switch, which was over before Helm.
    assert.equal(await app.serves(), 'version v2');
    await takesOver(
      () => app.succeeds(far, 'resume', app.slug, '--wait', '90s'),
      (said) => context.diagnostic(said),
    );
    assert.equal(await app.serves(), 'version v2');
    await assertHealed(app);
  });
});

describe('with the own chart of an app', () => {
  const slug = 'charted';
  let app: DeployedApp;
  let helm: MarkedHelm;
  before(async () => {
    const toml =
      '[build]\nbuilder = "node"\n[secrets]\ngenerate = ["SESSION"]\n[deploy]\nchart = "helm/charted"\n[[smoke]]\npath = "/"\n';
    app = await openDeployedApp('charted', { slug, toml });
    helm = await markHelm(app);
    await app.settings(`helm = "${helm.program}"`);
    const repository = `${app.lab.registry}/${slug}`;
    await writeSeedChart(join(app.folder, 'helm', slug), { slug, repository, host: app.host });
    await app.succeeds('one', 'deploy');
    await app.version('v2');
    await app.succeeds('one', 'deploy');
  });
  after(() => app.close());

  for (const how of ['undo', 'resume'] as const) {
    test(`a deploy that is killed while its pods roll is settled by ${how}`, async () => {
      const old = await app.serves();
      // Ready only after a while, so that the kill comes in the middle.
      await app.version(`slow-${how}`, 'await new Promise((done) => setTimeout(done, 6000));');
      await helm.forget();
      const child = app.start('one', 'deploy');
      const gone = ended(child);
      while (helm.pid('upgrade') === undefined && child.exitCode === null) await wait(20);
      await wait(2500);
      child.kill('SIGKILL');
      await gone;
      await cure(app, how);
      await assertHealed(app);
      assert.equal(await app.serves(), how === 'undo' ? old : `version slow-${how}`);
      const { items } = await app.lab.api.call<KubeList<KubeObject>>(pathOf('pods', app.namespace));
      assert.equal(items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length, 1);
    });
  }

  test('a rollback that is killed while Helm is pending-rollback is healed by another machine', async () => {
    const old = await app.serves();
    await app.version('next');
    await app.succeeds('one', 'deploy');
    await dieWhile(app, helm, 'pending-rollback', 'rollback', slug);
    await cure(app, 'resume');
    assert.equal(await app.serves(), old);
    await assertHealed(app);
  });
});
