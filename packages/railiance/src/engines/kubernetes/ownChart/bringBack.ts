import { Failure } from '../../../domain/failure.ts';
import { targetLabel } from '../../../domain/name.ts';
import { silent } from '../../../domain/progress.ts';
import { selectorOf } from '../../../kubernetes/labels.ts';
import type { Cluster } from '../cluster.ts';
import { rollbackArgv, uninstallArgv } from '../helm/argv.ts';
import { helmOrFail } from '../helm/helm.ts';
import { helmHistory } from '../helm/history.ts';
import { podLabels } from '../instances/podLabels.ts';
import { applyState, healRelease, helmTargetOf } from '../rollout/apply.ts';
import { awaitReady } from '../rollout/awaitReady.ts';
import { entryOf, type InstanceEntry, type TargetState, withoutEntry } from '../state/targetState.ts';
import { writeFixed } from './fixedSecret.ts';
import { newReplicaSet, untilOldGone } from './replicaSet.ts';
import { untilRouted } from './untilRouted.ts';

/**
 * Takes a release by the app's own chart that did not get through away: the revision before it comes back, with the secrets it
 * ran with, and is waited for. Any process can do this: what to return to was written down before Helm began.
 * @throws Failure where what served before does not get ready again
 */
export async function bringBack(
  cluster: Cluster,
  state: TargetState,
  leaving: InstanceEntry,
  signal: AbortSignal,
): Promise<void> {
  const { api, settings, helmPlace, secrets } = cluster;
  const { back, fixedSecrets = [] } = leaving;
  // Helm was not begun: nothing of it is on the cluster.
  if (back === undefined) return;
  const { namespace, release } = state;
  const serving = state.active === null ? undefined : entryOf(state, state.active);
  if (serving && fixedSecrets.length > 0) {
    const values = await secrets.get(state, serving.secretsVersion);
    for (const name of fixedSecrets) await writeFixed(api, state, name, serving.secretsVersion, values);
  }
  const [newest] = await helmHistory(api, namespace, release);
  if (newest === undefined || (newest.revision === back && newest.status === 'deployed')) return;
  if (serving && !serving.selector) {
    // From before the app had a chart of its own. Where the built-in chart leads its route is in no revision of Helm.
    const description = `railiance takes ${leaving.id} back`;
    const { route } = await cluster.ingress();
    const without = withoutEntry(state, leaving.id);
    await healRelease(cluster, without);
    await applyState(cluster, without, { signal, description, routeKind: route });
    await cluster.tidy(without);
  } else {
    const target = helmTargetOf(cluster, namespace);
    const argv =
      back === null ? uninstallArgv(target, release) : rollbackArgv(target, release, back, settings.history_max);
    await helmOrFail(helmPlace, argv, signal);
  }
  if (serving) await untilItServes(cluster, state, serving, signal);
}

async function untilItServes(
  cluster: Cluster,
  state: TargetState,
  serving: InstanceEntry,
  signal: AbortSignal,
): Promise<void> {
  const { api, clock } = cluster;
  const { namespace } = state;
  const { name, image, run } = serving;
  const selector = podLabels(state, serving);
  const { hash, replicas } = await newReplicaSet(api, namespace, name, selector, clock, signal);
  const end = await awaitReady(api, {
    ...{ target: state, namespace, workload: name, isMade: true, image, signal, progress: silent },
    selector: `${selectorOf(selector)},pod-template-hash=${hash}`,
    run: { ...run, replicas },
  });
  if (!end.ready) {
    const hint = end.cause.hint === undefined ? {} : { hint: end.cause.hint };
    throw new Failure(`bring back what served ${targetLabel(state)}`, end.cause.summary, hint);
  }
  await untilOldGone(api, namespace, { name, selector, hash }, clock, signal);
  await untilRouted(cluster, state, signal);
}
