import { problemOf } from '../../../domain/failure.ts';
import type { Secrets } from '../../../domain/secret.ts';
import type { Cause, Evidence } from '../../../domain/verdict.ts';
import { labelOf } from '../../../kubernetes/labels.ts';
import type { KubeObject, Pod } from '../../../kubernetes/objects.ts';
import { type EngineContext, type InstanceSpec, type StartedInstance, StartFailed } from '../../engine.ts';
import type { Cluster } from '../cluster.ts';
import { copySecrets, redactorOf } from '../envSecret.ts';
import { startByOwnChart } from '../ownChart/start.ts';
import { awaitReady } from '../rollout/awaitReady.ts';
import { podEvidence, withLastWords } from '../rollout/evidence.ts';
import { refusalCause } from '../rollout/refusal.ts';
import { candidateRoute, publicRoute } from '../route/addresses.ts';
import { createEarlyEndpoints, type EarlyEndpoints } from '../route/earlyEndpoints.ts';
import { createLateRoute } from '../route/lateRoute.ts';
import { firstPassedOn, untilLeadsTo } from '../route/switch.ts';
import { untilServed } from '../route/untilServed.ts';
import { entryOf, type InstanceEntry, type TargetState, withEntry, withoutAbandoned } from '../state/targetState.ts';
import { newEntry, placedState } from './entry.ts';
import { wrongImage } from './imageIdentity.ts';
import { ownValues } from './ownValues.ts';

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
    throw cause ? await failed(cluster, spec, cause, { details: { error: problemOf(error) } }) : error;
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
    hasPublicRoute(cluster, placedState(spec, spec.deploy, undefined, cluster), context.signal),
  ]);
  const state = await begin(cluster, spec, context, (placed) => entryIn(placed, secrets, context.fencing));
  const entry = entryOf(state, spec.id) as InstanceEntry;
  const watched = await cluster.whileLeased(state, context);
  const known = { toHelm: false };
  try {
    if (entry.phase === 'starting')
      await bringUp(cluster, state, entry, spec, { secrets, isReleased, signal: watched.signal, context, known });
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

interface Bringing {
  readonly secrets: Secrets;
  /** Whether Helm's release is there, and its namespace. */
  readonly isReleased: boolean;
  readonly signal: AbortSignal;
  readonly context: EngineContext;
  /** Whether Helm was given the instance. */
  readonly known: { toHelm: boolean };
}

/**
 * Makes the instance's objects. Helm takes them over when they are led to, and is run here only where its release is not there
 * yet, or where the cluster refuses one of them: Helm says why.
 */
async function bringUp(
  cluster: Cluster,
  state: TargetState,
  entry: InstanceEntry,
  spec: InstanceSpec,
  bringing: Bringing,
): Promise<void> {
  const { secrets, isReleased, signal, context, known } = bringing;
  const { putObjects, renderInstance } = await import('../rollout/instanceObjects.ts');
  const [objects] = await Promise.all([
    renderInstance(cluster, state, entry, signal),
    prepare(cluster, state, entry, bringing),
  ]);
  const put = (some: readonly KubeObject[], until: AbortSignal) => putObjects(cluster, state.namespace, some, until);
  const toHelm = async () => {
    context.progress({ kind: 'note', text: `helm upgrade --install ${state.release} in ${state.namespace}` });
    known.toHelm = true;
    await cluster.apply(state, { signal, description: `railiance starts ${entry.id}` });
  };
  // Helm makes all at once where its release is not there yet.
  const early = isReleased ? await earlyEndpoints(cluster, state, entry, signal) : undefined;
  const isLate = ({ kind }: KubeObject) => early !== undefined && kind === 'IngressRoute';
  const isPut = await put(
    objects.filter((object) => !isLate(object)),
    signal,
  );
  const route =
    early && isPut
      ? createLateRoute(early, (until) => put(objects.filter(isLate), until), { ...cluster, signal })
      : undefined;
  try {
    const end = await whilePut(isPut && isReleased ? makeWay(cluster, state, entry) : toHelm(), signal, (until) =>
      awaitReady(cluster.api, {
        target: spec,
        namespace: state.namespace,
        workload: entry.name,
        isMade: isPut && isReleased,
        selector: `${labelOf.app}=${state.app},${labelOf.stage}=${state.stage},${labelOf.instance}=${entry.id}`,
        image: entry.image,
        run: entry.run,
        signal: until,
        progress: context.progress,
        onPods: (pods) => {
          early?.follow(pods);
          if (isReleased && pods.some(isPlaced)) cluster.standBy(state, entry.id, signal);
        },
      }),
    );
    const redact = redactorOf(secrets);
    const evidence = () => podEvidence(cluster.api, end.pods, end.ready ? [] : end.events, redact);
    if (!end.ready) {
      const seen = await evidence();
      const cause = { ...end.cause, summary: redact(end.cause.summary) };
      throw await failed(cluster, spec, withLastWords(cause, seen), seen);
    }
    const other = await wrongImage({ ...cluster, signal }, end.pods, entry);
    if (other) throw await failed(cluster, spec, other, await evidence());
    const reached = async () => {
      // What the cluster refuses Helm gives the reason for.
      if (route && !(await route.isPut())) await toHelm();
      return await untilReached(cluster, state, entry, served, signal);
    };
    const service = { namespace: state.namespace, name: entry.name };
    const served = untilServed(cluster.api, service, end.pods, signal);
    served.catch(() => {});
    const [unwell] = await Promise.all([reached(), early?.handOver(served)]);
    if (unwell) throw await failed(cluster, spec, unwell, await evidence());
    await cluster.states.change(spec, context.fencing, (now) => {
      const found = entryOf(now, entry.id);
      return now && found && withEntry(now, { ...found, phase: 'ready' });
    });
  } finally {
    await route?.stop();
  }
}

/** Its image is there, and its sandbox: it runs in a moment. */
function isPlaced({ status }: Pod): boolean {
  return status?.podIP !== undefined;
}

/** Only Traefik lets a change wait for the one before. */
async function earlyEndpoints(
  { api, ingress }: Cluster,
  { namespace, app, stage }: TargetState,
  { id, name, run }: InstanceEntry,
  signal: AbortSignal,
): Promise<EarlyEndpoints | undefined> {
  const { route } = await ingress();
  if (route.kind !== 'traefik') return undefined;
  const labels = { [labelOf.app]: app, [labelOf.stage]: stage, [labelOf.instance]: id };
  return createEarlyEndpoints(api, { namespace, name, port: run.port, labels }, signal);
}

/** While the node starts the pods: what dead runs left goes, and Helm is told what it has to leave alone at the switch. */
async function makeWay(cluster: Cluster, state: TargetState, { id }: InstanceEntry): Promise<void> {
  await cluster.tidy(state);
  await cluster.heal(state);
  await cluster.keepOthers(state, id);
}

/** What cannot be put on the cluster need not be waited for. Ends after it is put in any case. @throws what Helm says */
async function whilePut<T>(
  put: Promise<void>,
  signal: AbortSignal,
  wait: (until: AbortSignal) => Promise<T>,
): Promise<T> {
  const refused = new AbortController();
  put.catch((error: unknown) => refused.abort(error));
  const [end, done] = await Promise.allSettled([wait(AbortSignal.any([signal, refused.signal])), put]);
  if (done.status === 'rejected') throw done.reason;
  if (end.status === 'rejected') throw end.reason;
  return end.value;
}

async function prepare(
  cluster: Cluster,
  state: TargetState,
  entry: InstanceEntry,
  { secrets, isReleased }: Bringing,
): Promise<void> {
  await cluster.prepareNamespace(state.namespace, { isThere: isReleased });
  const { api } = cluster;
  if (entry.secretName !== null) await copySecrets(api, state, entry.secretName, entry.secretsVersion, secrets);
}

/** Through the ingress, as a smoke test will. Without a health path it has to answer below 500, as on every engine. */
async function untilReached(
  cluster: Cluster,
  state: TargetState,
  { id, run }: InstanceEntry,
  served: Promise<void>,
  signal: AbortSignal,
): Promise<Cause | undefined> {
  const { clock } = cluster;
  const facts = await cluster.ingress();
  const route = await candidateRoute(state, id, facts);
  // A cluster under load is late to lead to the pods, and Traefik not to be blamed. Who may not look goes without.
  await Promise.all([
    untilLeadsTo(route, id, facts.route, { clock, signal, target: state }),
    served.catch(() => signal.throwIfAborted()),
  ]);
  const answer = await firstPassedOn(route, run.health?.path ?? '/', { clock, signal });
  if (run.health || (answer && answer.status < 500)) return undefined;
  const saw = answer ? `answered ${answer.status}` : 'had no answer';
  return { name: 'never-ready', summary: `GET / ${saw}`, hint: 'name a health path under [run] if / is not one' };
}

async function failed(
  { ended, clock }: Cluster,
  { app, stage, id }: InstanceSpec,
  cause: Cause,
  evidence: Evidence,
): Promise<StartFailed> {
  await ended
    .put({ app, stage }, { id, at: clock.now().toISOString(), reason: cause.summary, evidence })
    .catch(() => {});
  return new StartFailed(cause, evidence);
}
