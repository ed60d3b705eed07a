import assert from 'node:assert/strict';

import { assertSettled } from '../../../../../test/chaos/invariants.ts';
import { randomFrom } from '../../../../../test/chaos/random.ts';
import { helmHistory } from '../../engines/kubernetes/helm/history.ts';
import { type KubeList, type KubeObject, pathOf } from '../../kubernetes/objects.ts';
import { askedFrom, type DeployedApp } from './deployedApp.ts';

/** `npm run test:lab -- --full` takes every case of a loop; otherwise a sample of them, which the seed chooses. */
export const full = process.env.RAILIANCE_LAB_FULL === '1';
export const seed = Number(process.env.RAILIANCE_LAB_SEED ?? Date.now() % 1_000_000);
export const random = randomFrom(seed);

/** Of every app here. */
export const stage = 'production';

export type Cure = 'resume' | 'undo' | 'again' | 'rollback';

/** Settles a run that was cut off, from a machine that knows only what the cluster knows. */
export async function cure(app: DeployedApp, how: Cure, machine = 'two'): Promise<void> {
  const open = /stopped at/.test((await app.railiance(machine, 'status')).output);
  const waiting = ['--wait', '60s'];
  if (how === 'rollback') await app.succeeds(machine, 'rollback', app.slug, '--yes', ...waiting);
  else if (!open || how === 'again') await app.succeeds(machine, 'deploy', ...waiting);
  else if (how === 'resume') await goOn(app, machine, waiting);
  else {
    const { exitCode, output } = await app.railiance(machine, 'resume', app.slug, '--undo', ...waiting);
    // What is verified already is not undone any more, and says so.
    assert.ok(exitCode === 1 || exitCode === 2, output);
    if (exitCode === 2) await app.succeeds(machine, 'resume', app.slug, ...waiting);
  }
}

async function goOn(app: DeployedApp, machine: string, waiting: readonly string[]): Promise<void> {
  const { exitCode, output } = await app.railiance(machine, 'resume', app.slug, ...waiting);
  if (exitCode === 0) return;
  // What was built on the machine that died, and not pushed yet, died with it: then the run ends, and says so.
  assert.match(output, /is neither (here|on this machine) nor at .*now +nothing had to be undone/s);
  await app.succeeds(machine, 'deploy', ...waiting);
}

/** What it says of itself holds, and in the cluster is nothing that no release needs. */
export async function assertHealed(app: DeployedApp): Promise<void> {
  await assertSettled(askedFrom(app, 'two'), stage);
  const { api } = app.lab;
  assert.equal(await helmStatus(app), 'deployed');
  const { items: workloads } = await api.call<KubeList<KubeObject>>(pathOf('deployments', app.namespace));
  assert.equal(workloads.length, 1, workloads.map(({ metadata }) => metadata.name).join(', '));
  const { items: jobs } = await api.call<KubeList<KubeObject>>(pathOf('jobs', app.namespace));
  assert.deepEqual(
    jobs.map(({ metadata }) => metadata.name),
    [],
  );
}

/** Helm's own word for its newest revision. */
export async function helmStatus({ lab, namespace, slug }: DeployedApp): Promise<string | undefined> {
  return (await helmHistory(lab.api, namespace, `${slug}-${stage}`))[0]?.status;
}
