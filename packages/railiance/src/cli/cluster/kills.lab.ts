import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { assertSettled } from '../../../../../test/chaos/invariants.ts';
import { randomFrom } from '../../../../../test/chaos/random.ts';
import { helmHistory } from '../../engines/kubernetes/helm/history.ts';
import { type KubeList, type KubeObject, pathOf } from '../../kubernetes/objects.ts';
import { askedFrom, type DeployedApp, ended, openDeployedApp } from '../../testing/cluster/deployedApp.ts';
import {
  isAlive,
  journals,
  kill,
  killAtRecord,
  type MarkedHelm,
  markHelm,
  slowDown,
  untilPending,
} from '../../testing/cluster/killing.ts';
import { writeSeedChart } from '../../testing/cluster/seedChart.ts';

/** `npm run test:lab -- --full` kills after every record; a sample takes every fourth, beginning where the seed says. */
const full = process.env.RAILIANCE_LAB_FULL === '1';
const seed = Number(process.env.RAILIANCE_LAB_SEED ?? Date.now() % 1_000_000);
const random = randomFrom(seed);
const everyRecord = full ? 1 : 4;
const first = full ? 1 : 1 + Math.floor(random() * everyRecord);
const helmKills = full ? 20 : 3;
const mostRecords = 60;
const stage = 'production';

type Cure = 'resume' | 'undo' | 'again';
const cures: readonly Cure[] = ['undo', 'resume', 'again'];

/** Settles a run that was cut off, from a machine that knows only what the cluster knows. */
async function cure(app: DeployedApp, how: Cure): Promise<void> {
  const open = /stopped at/.test((await app.railiance('two', 'status')).output);
  const waiting = ['--wait', '60s'];
  if (!open || how === 'again') await app.succeeds('two', 'deploy', ...waiting);
  else if (how === 'resume') await goOn(app, waiting);
  else {
    const { exitCode, output } = await app.railiance('two', 'resume', app.slug, '--undo', ...waiting);
    // What is verified already is not undone any more, and says so.
    assert.ok(exitCode === 1 || exitCode === 2, output);
    if (exitCode === 2) await app.succeeds('two', 'resume', app.slug, ...waiting);
  }
}

async function goOn(app: DeployedApp, waiting: readonly string[]): Promise<void> {
  const { exitCode, output } = await app.railiance('two', 'resume', app.slug, ...waiting);
  if (exitCode === 0) return;
  // What was built on the machine that died, and not pushed yet, died with it: then the run ends, and says so.
  assert.match(output, /is neither (here|on this machine) nor at .*now +nothing had to be undone/s);
  await app.succeeds('two', 'deploy', ...waiting);
}

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
    const [newest] = await helmHistory(app.lab.api, app.namespace, `${app.slug}-${stage}`);
    assert.equal(newest?.status, status, output);
  } finally {
    await speedUp();
  }
}

/** What it says of itself holds, and in the cluster is nothing that no release needs. */
async function assertHealed(app: DeployedApp, release: string): Promise<void> {
  await assertSettled(askedFrom(app, 'two'), stage);
  const { api } = app.lab;
  const [newest] = await helmHistory(api, app.namespace, release);
  assert.equal(newest?.status, 'deployed');
  const { items: workloads } = await api.call<KubeList<KubeObject>>(pathOf('deployments', app.namespace));
  assert.equal(workloads.length, 1, workloads.map(({ metadata }) => metadata.name).join(', '));
  const { items: jobs } = await api.call<KubeList<KubeObject>>(pathOf('jobs', app.namespace));
  assert.deepEqual(
    jobs.map(({ metadata }) => metadata.name),
    [],
  );
}

describe(`a deploy that is killed (seed ${seed})`, () => {
  const slug = 'killed';
  const release = `${slug}-${stage}`;
  let app: DeployedApp;
  let helm: MarkedHelm;
  before(async () => {
    app = await openDeployedApp('kills', { slug });
    helm = await markHelm(app);
    await app.settings(`helm = "${helm.program}"`);
  });
  after(() => app.close());

  test('while Helm is pending-install leaves that behind, and another machine heals it', async () => {
    await dieWhile(app, helm, 'pending-install', 'deploy');
    // A first deploy has nothing to return to: what is left is cleared away, and a person decides to try again.
    assert.match(await app.must(5, 'two', 'deploy', '--wait', '60s'), /nothing serves/);
    await app.succeeds('two', 'deploy');
    assert.equal(await app.serves(), 'version v1');
    await assertHealed(app, release);
  });

  test('while Helm is pending-upgrade leaves that behind, and another machine heals it', async () => {
    await app.version('v2');
    await dieWhile(app, helm, 'pending-upgrade', 'deploy');
    assert.equal(await app.serves(), 'version v1');
    await cure(app, 'resume');
    assert.equal(await app.serves(), 'version v2');
    await assertHealed(app, release);
  });

  test(`${full ? 'after each' : `after every ${everyRecord}th`} journal record is settled from another machine`, async (context) => {
    const guest = app.visitor();
    let kills = 0;
    for (let count = first; count < mostRecords; count += everyRecord) {
      const old = await app.serves();
      await app.version(`k${count}`);
      const hit = await killAtRecord(app, () => app.start('one', 'deploy'), await journals(app), count);
      assert.ok([old, `version k${count}`].includes(await app.serves()), `record ${count}: something serves`);
      const how = cures[kills % cures.length] ?? 'again';
      await cure(app, how);
      await assertHealed(app, release);
      assert.ok([old, `version k${count}`].includes(await app.serves()));
      assert.deepEqual(guest.failures, [], `record ${count}: no request failed`);
      context.diagnostic(hit ? `killed after record ${count}, then ${how}` : `it ended before record ${count}`);
      if (!hit) break;
      kills += 1;
    }
    await guest.stop();
    context.diagnostic(`${kills} kills, ${guest.answers} requests meanwhile`);
    assert.ok(kills >= (full ? 15 : 4), `${kills} kills`);
  });

  async function untilBegun(): Promise<void> {
    const untilMs = performance.now() + 60_000;
    while (helm.pid('upgrade') === undefined && performance.now() < untilMs) await wait(5);
  }

  /** On this machine as it is now: kills are to come before, in and after its work. */
  async function helmTakesMs(): Promise<number> {
    await app.version('unharmed');
    await helm.forget();
    const gone = ended(app.start('one', 'deploy'));
    await untilBegun();
    const pid = helm.pid('upgrade');
    const beganMs = performance.now();
    while (isAlive(pid)) await wait(5);
    const tookMs = performance.now() - beganMs;
    await gone;
    return tookMs;
  }

  test('of its helm at random instants ends well or takes itself back, and the next one is well', async (context) => {
    const longestMs = await helmTakesMs();
    let killed = 0;
    for (let count = 1; killed < helmKills && count <= 3 * helmKills; count += 1) {
      const old = await app.serves();
      await app.version(`h${count}`);
      await helm.forget();
      const gone = ended(app.start('one', 'deploy'));
      await untilBegun();
      const afterMs = Math.round(random() * longestMs);
      await wait(afterMs);
      const died = tryKill(helm.pid('upgrade'));
      killed += Number(died);
      const left = (await helmHistory(app.lab.api, app.namespace, release))[0]?.status;
      const { exitCode, output } = await gone;
      context.diagnostic(`helm ${died ? `killed after ${afterMs} ms, ${left}` : 'was over'}; exit ${exitCode}`);
      assert.ok(exitCode === 0 || exitCode === 1, output);
      if (died && exitCode === 1) assert.match(output, /cause +engine: run \S+ upgrade: it ended with SIGKILL/);
      assert.equal(await app.serves(), exitCode === 0 ? `version h${count}` : old, output);
      await assertHealed(app, release);
    }
    assert.equal(killed, helmKills);
  });
});

function tryKill(pid: number | undefined): boolean {
  try {
    kill(pid);
    return true;
  } catch {
    return false;
  }
}

describe('with the own chart of an app', () => {
  const slug = 'charted';
  const release = `${slug}-${stage}`;
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
      await assertHealed(app, release);
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
    await assertHealed(app, release);
  });
});
