import { problemOf } from '../../../domain/failure.ts';
import type { Secrets } from '../../../domain/secret.ts';
import { type EngineContext, type InstanceSpec, type StartedInstance, StartFailed } from '../../engine.ts';
import type { Cluster } from '../cluster.ts';
import { startByOwnChart } from '../ownChart/start.ts';
import { refusalCause } from '../rollout/refusal.ts';
import { candidateRoute, publicRoute } from '../route/addresses.ts';
import { entryOf, type InstanceEntry, type TargetState, withEntry, withoutAbandoned } from '../state/targetState.ts';
import { bringUp } from './bringUp.ts';
import { newEntry, placedState } from './entry.ts';
import { ownValues } from './ownValues.ts';
import { startFailed } from './startFailed.ts';

/**
 * Starts an instance beside what serves: its own Deployment, Service and route, until it is ready and can be reached.
 * @throws StartFailed where the app does not get ready, or the cluster refuses it
 */
export async function startInstance(
  cluster: Cluster,
  spec: InstanceSpec,
  context: EngineContext,
): Promise<StartedInstance> {
  try {
    return await start(cluster, spec, context);
  } catch (error) {
    const cause = refusalCause(error);
    throw cause ? await startFailed(cluster, spec, cause, { details: { error: problemOf(error) } }) : error;
  }
}

async function start(cluster: Cluster, spec: InstanceSpec, context: EngineContext): Promise<StartedInstance> {
  if (spec.deploy?.chart !== undefined)
    return await startByOwnChart(cluster, spec, await secretsOf(cluster, spec), context);
  const began = cluster.clock.elapsedMs();
  const { hasPublicRoute } = await import('../rollout/instanceObjects.ts');
  const [secrets, entryIn, isReleased] = await Promise.all([
    secretsOf(cluster, spec),
    entriesOf(cluster, spec),
    cluster.states
      .get(spec)
      .then((before) => hasPublicRoute(cluster, placedState(spec, spec.deploy, before, cluster), context.signal)),
  ]);
  const state = await begin(cluster, spec, context, (placed) => entryIn(placed, secrets, context.fencing));
  const entry = entryOf(state, spec.id) as InstanceEntry;
  const watched = await cluster.whileLeased(state, context);
  const known = { toHelm: false };
  try {
    if (entry.phase === 'starting')
      await bringUp({ cluster, spec, state, entry, secrets, isReleased, signal: watched.signal, context, known });
    const candidate = await candidateRoute(state, spec.id, await cluster.ingress());
    return { id: spec.id, candidate, readyMs: cluster.clock.elapsedMs() - began, warnings: [] };
  } catch (error) {
    const reason = watched.signal.aborted ? watched.signal.reason : error;
    cluster.standDown(state, spec.id);
    await cluster.abandon(state, spec.id, context, known).catch(() => {});
    throw reason;
  } finally {
    watched.end();
  }
}

/** Has the objects rendered that `start` is going to make. */
export async function prepareInstance(cluster: Cluster, spec: InstanceSpec, signal: AbortSignal): Promise<void> {
  if (spec.deploy?.chart !== undefined) return;
  const [secrets, before, entryIn] = await Promise.all([
    secretsOf(cluster, spec),
    cluster.states.get(spec),
    entriesOf(cluster, spec),
  ]);
  const state = placedState(spec, spec.deploy, before, cluster);
  const { renderInstance } = await import('../rollout/instanceObjects.ts');
  await renderInstance(cluster, state, entryIn(state, secrets, 0), signal);
}

async function secretsOf({ secrets }: Cluster, { app, stage, secretsVersion }: InstanceSpec): Promise<Secrets> {
  try {
    return await secrets.get({ app, stage }, secretsVersion);
  } catch (error) {
    throw new StartFailed({ name: 'secret-missing', summary: problemOf(error), hint: 'deploy again' }, {});
  }
}

/** Writes down what is to be, under the lease; what dead runs were starting goes away with the same upgrade. */
async function begin(
  cluster: Cluster,
  spec: InstanceSpec,
  { fencing }: EngineContext,
  entryIn: (placed: TargetState) => InstanceEntry,
): Promise<TargetState> {
  const target = { app: spec.app, stage: spec.stage };
  const state = await cluster.states.change(target, fencing, (before) => {
    refuseBesideOwnChart(before);
    const placed = withoutAbandoned(placedState(target, spec.deploy, before, cluster), fencing);
    return entryOf(placed, spec.id) ? placed : withEntry(placed, entryIn(placed));
  });
  return state as TargetState;
}

type EntryIn = (placed: TargetState, secrets: Secrets, fencing: number) => InstanceEntry;

/** Looks up what an instance's entry is made from, beside the state that it goes into. */
async function entriesOf(cluster: Cluster, spec: InstanceSpec): Promise<EntryIn> {
  const alone = placedState(spec, spec.deploy, undefined, cluster);
  const { url } = await publicRoute(alone, cluster.settings, await cluster.ingress());
  const startedAt = cluster.clock.now().toISOString();
  const values = spec.deploy && (await ownValues(spec.deploy));
  return (placed, secrets, fencing) => newEntry(placed, { spec, secrets, fencing, url, startedAt, values });
}

/** One Helm release has one chart: ours would take away what the app's own one serves before anything else is there. */
function refuseBesideOwnChart(state: TargetState | undefined): void {
  const own = state?.instances.find(({ selector, phase }) => selector && phase === 'ready');
  if (!own || !state) return;
  const hint = `keep \`chart\` in [deploy], or stop the app for the change: helm uninstall ${state.release} --namespace ${state.namespace}`;
  const summary = `${own.id} serves by the app's own chart, and the built-in one cannot take over from it`;
  throw new StartFailed({ name: 'engine', summary, hint }, {});
}
