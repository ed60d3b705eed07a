import type { Secrets } from '../../../domain/secret.ts';
import { selectorOf } from '../../../kubernetes/labels.ts';
import { mergePatch, type Pod, pathOf, type Workload } from '../../../kubernetes/objects.ts';
import { read } from '../../../kubernetes/store.ts';
import type { EngineContext, InstanceSpec } from '../../engine.ts';
import { StartFailed } from '../../engine.ts';
import type { Cluster } from '../cluster.ts';
import { copySecrets, redactorOf } from '../envSecret.ts';
import { rollbackArgv, uninstallArgv, upgradeArgv } from '../helm/argv.ts';
import { helmOrFail, helmTimeoutMs } from '../helm/helm.ts';
import { type HelmRevision, helmHistory, newestGood, pendingRevision } from '../helm/history.ts';
import { wrongImage } from '../instances/imageIdentity.ts';
import { helmTargetOf } from '../rollout/apply.ts';
import { awaitReady } from '../rollout/awaitReady.ts';
import { podEvidence, withLastWords } from '../rollout/evidence.ts';
import { type InstanceEntry, type TargetState, withEntry, withoutEntry } from '../state/targetState.ts';
import { bringBack } from './bringBack.ts';
import { fixedNames, writeFixed } from './fixedSecret.ts';
import type { OwnChart } from './pack.ts';
import type { Rendered } from './rendered.ts';
import { newReplicaSet, untilOldGone } from './replicaSet.ts';
import { untilRouted } from './untilRouted.ts';

/** For Helm, and for the pods of what served before. */
const takeBackMs = 120_000;

/** One release on its way by the app's own chart. */
export interface Rollout {
  readonly state: TargetState;
  readonly entry: InstanceEntry;
  readonly rendered: Rendered;
  readonly chart: OwnChart;
  readonly secrets: Secrets;
  readonly context: EngineContext;
  readonly signal: AbortSignal;
}

/** Helm, then a watch of the new pods; where they fail the last good revision comes back. @throws StartFailed */
export async function rollOut(cluster: Cluster, spec: InstanceSpec, rollout: Rollout): Promise<void> {
  const { api, states } = cluster;
  const { state, entry, secrets, signal, context } = rollout;
  await cluster.prepareNamespace(state.namespace);
  if (entry.secretName !== null) await copySecrets(api, state, entry.secretName, entry.secretsVersion, secrets);
  const history = await healed(cluster, state, signal);
  // Of a run that goes on after a crash the newest revision may be its own: what it said before it began is right.
  const back = entry.back === undefined ? (newestGood(history)?.revision ?? null) : entry.back;
  const fixedSecrets = fixedNames(state, rollout.rendered.secrets);
  const begun: InstanceEntry = { ...entry, back, fixedSecrets };
  await states.change(spec, context.fencing, (now) => now && withEntry(now, begun));
  for (const name of fixedSecrets) await writeFixed(api, state, name, spec.secretsVersion, secrets);
  try {
    await upgrade(cluster, rollout, history);
    await watchIt(cluster, spec, rollout);
  } catch (error) {
    // Where this fails as well the entry stays, and the undo of the run tries it again and says why.
    if (!isLeaseLost(signal)) await takeBack(cluster, rollout, begun).catch(() => {});
    throw signal.aborted ? signal.reason : error;
  }
  const [newest] = await helmHistory(api, state.namespace, state.release);
  await states.change(spec, context.fencing, (now) => {
    if (!now) return now;
    const ready: InstanceEntry = { ...entry, phase: 'ready', ...(newest && { revision: newest.revision }) };
    const past = [
      ...(now.past ?? []),
      ...now.instances.filter(({ id, phase }) => id !== entry.id && phase === 'ready'),
    ];
    return {
      ...now,
      instances: [ready],
      active: entry.id,
      activatedAt: cluster.clock.now().toISOString(),
      past: past.slice(-cluster.settings.history_max),
    };
  });
}

function isLeaseLost({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof Error && 'exitCode' in reason && reason.exitCode === 3;
}

/** Rolls back what a killed helm left half-made, or removes a first install. */
async function healed(
  cluster: Cluster,
  { namespace, release }: TargetState,
  signal: AbortSignal,
): Promise<readonly HelmRevision[]> {
  const history = await helmHistory(cluster.api, namespace, release);
  if (!pendingRevision(history)) return history;
  const target = helmTargetOf(cluster, namespace);
  const good = newestGood(history);
  const argv = good
    ? rollbackArgv(target, release, good.revision, cluster.settings.history_max)
    : uninstallArgv(target, release);
  await helmOrFail(cluster.helmPlace, argv, signal);
  return await helmHistory(cluster.api, namespace, release);
}

async function upgrade(
  cluster: Cluster,
  { state, entry, chart, signal, context }: Rollout,
  history: readonly HelmRevision[],
): Promise<void> {
  const { settings, helmPlace, api } = cluster;
  const target = helmTargetOf(cluster, state.namespace);
  const path = pathOf('deployments', state.namespace, entry.name);
  const before = await read<Workload>(api, path);
  const same = state.past?.findLast(
    ({ key, revision }) => key === entry.key && history.some((one) => one.revision === revision),
  );
  if (same?.revision !== undefined) {
    context.progress({ kind: 'note', text: `helm rollback ${state.release} to revision ${same.revision}` });
    await helmOrFail(helmPlace, rollbackArgv(target, state.release, same.revision, settings.history_max), signal);
  } else {
    context.progress({ kind: 'note', text: `helm upgrade --install ${state.release} in ${state.namespace}` });
    const description = `railiance starts ${entry.id}${chart.revision === undefined ? '' : `, chart at ${chart.revision}`}`;
    const options = {
      release: state.release,
      chart: chart.chart,
      values: chart.values,
      description,
      trusted: false,
      historyMax: settings.history_max,
    };
    const argv = upgradeArgv(target, { ...options, timeoutSeconds: helmTimeoutMs / 1000 });
    await helmOrFail(helmPlace, argv, signal);
  }
  const after = await api.call<Workload>(path);
  if (before?.metadata.generation !== after.metadata.generation) return;
  // Nothing in the chart changed with this release, a secret or a restart, say: its pods are made anew all the same.
  const annotations = { 'kubectl.kubernetes.io/restartedAt': cluster.clock.now().toISOString() };
  const body = { spec: { template: { metadata: { annotations } } } };
  await api.call(path, { method: 'PATCH', body, contentType: mergePatch });
}

async function watchIt(
  cluster: Cluster,
  spec: InstanceSpec,
  { state, entry, rendered, secrets, signal, context }: Rollout,
): Promise<void> {
  const { api, clock } = cluster;
  const { namespace } = state;
  const { hash, replicas } = await newReplicaSet(api, namespace, entry.name, rendered.selector, clock, signal);
  const selector = `${selectorOf(rendered.selector)},pod-template-hash=${hash}`;
  const run = { ...entry.run, replicas };
  const end = await awaitReady(api, {
    target: spec,
    namespace,
    workload: entry.name,
    isMade: true,
    selector,
    image: entry.image,
    run,
    signal,
    progress: context.progress,
  });
  const redact = redactorOf(secrets);
  const failed = async (cause: StartFailed['why'], pods: readonly Pod[]) => {
    const evidence = await podEvidence(api, pods, end.ready ? [] : end.events, redact, rendered.container);
    const clean = withLastWords({ ...cause, summary: redact(cause.summary) }, evidence);
    await cluster.ended
      .put(spec, { id: spec.id, at: clock.now().toISOString(), reason: clean.summary, evidence })
      .catch(() => {});
    return new StartFailed(clean, evidence);
  };
  if (!end.ready) throw await failed(end.cause, end.pods);
  const other = await wrongImage({ ...cluster, signal }, end.pods, entry);
  if (other) throw await failed(other, end.pods);
  await untilOldGone(api, namespace, { name: entry.name, selector: rendered.selector, hash }, clock, signal);
  await untilRouted(cluster, state, signal);
}

/** Evidence is saved by now: the last good revision comes back, with the secrets it ran with. */
async function takeBack(cluster: Cluster, { state, context }: Rollout, begun: InstanceEntry): Promise<void> {
  await bringBack(cluster, state, begun, AbortSignal.timeout(takeBackMs));
  await cluster.states.change(state, context.fencing, (now) => now && withoutEntry(now, begun.id));
}
