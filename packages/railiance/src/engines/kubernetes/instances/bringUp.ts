import type { Secrets } from '../../../domain/secret.ts';
import { labelOf } from '../../../kubernetes/labels.ts';
import type { KubeObject, Pod } from '../../../kubernetes/objects.ts';
import type { EngineContext, InstanceSpec } from '../../engine.ts';
import type { Cluster } from '../cluster.ts';
import { copySecrets, redactorOf } from '../envSecret.ts';
import { awaitReady, type RolloutEnd } from '../rollout/awaitReady.ts';
import { podEvidence, withLastWords } from '../rollout/evidence.ts';
import { createEarlyEndpoints, type EarlyEndpoints } from '../route/earlyEndpoints.ts';
import { createLateRoute, type LateRoute } from '../route/lateRoute.ts';
import { untilServed } from '../route/untilServed.ts';
import { entryOf, type InstanceEntry, type TargetState, withEntry } from '../state/targetState.ts';
import { wrongImage } from './imageIdentity.ts';
import { startFailed } from './startFailed.ts';
import { untilReached } from './untilReached.ts';

/** An instance that is to come up, and under what. */
export interface Bringing {
  readonly cluster: Cluster;
  readonly spec: InstanceSpec;
  /** With the entry in it. */
  readonly state: TargetState;
  readonly entry: InstanceEntry;
  readonly secrets: Secrets;
  /** Whether Helm's release is there, and its namespace. */
  readonly isReleased: boolean;
  readonly signal: AbortSignal;
  readonly context: EngineContext;
  /** Whether Helm was given the instance. */
  readonly known: { toHelm: boolean };
}

interface Made {
  /** Whether its objects were made here: else Helm makes them all. */
  readonly isPut: boolean;
  /** Where the ingress may be told of the pods before they are ready. */
  readonly early?: EarlyEndpoints | undefined;
  readonly route?: LateRoute | undefined;
}

/**
 * Makes the instance's objects and waits until it is ready and can be reached. Helm takes them over when they are led to, and is
 * run here only where its release is not there yet, or where the cluster refuses one of them: Helm says why.
 * @throws StartFailed
 */
export async function bringUp(bringing: Bringing): Promise<void> {
  const { cluster, spec, state, entry, signal, context } = bringing;
  const made = await make(bringing);
  const { early, route } = made;
  try {
    const end = await untilStarted(bringing, made);
    const evidence = evidenceOf(bringing, end);
    if (!end.ready) {
      const seen = await evidence();
      const cause = { ...end.cause, summary: redactorOf(bringing.secrets)(end.cause.summary) };
      throw await startFailed(cluster, spec, withLastWords(cause, seen), seen);
    }
    const other = await wrongImage({ ...cluster, signal }, end.pods, entry);
    if (other) throw await startFailed(cluster, spec, other, await evidence());
    const served = untilServed(cluster.api, { namespace: state.namespace, name: entry.name }, end.pods, signal);
    served.catch(() => {});
    const reached = async () => {
      // What the cluster refuses Helm gives the reason for.
      if (route && !(await route.isPut())) await toHelm(bringing);
      return await untilReached(cluster, state, entry, served, signal);
    };
    const [unwell] = await Promise.all([reached(), early?.handOver(served)]);
    if (unwell) throw await startFailed(cluster, spec, unwell, await evidence());
    await cluster.states.change(spec, context.fencing, (now) => {
      const found = entryOf(now, entry.id);
      return now && found && withEntry(now, { ...found, phase: 'ready' });
    });
  } finally {
    await route?.stop();
  }
}

async function make(bringing: Bringing): Promise<Made> {
  const { cluster, state, entry, isReleased, signal } = bringing;
  const { putObjects, renderInstance } = await import('../rollout/instanceObjects.ts');
  const [objects] = await Promise.all([renderInstance(cluster, state, entry, signal), prepare(bringing)]);
  const put = (some: readonly KubeObject[], until: AbortSignal) => putObjects(cluster, state.namespace, some, until);
  // Helm makes all at once where its release is not there yet.
  const early = isReleased ? await earlyEndpoints(bringing) : undefined;
  const isLate = ({ kind }: KubeObject) => early !== undefined && kind === 'IngressRoute';
  const atOnce = objects.filter((object) => !isLate(object));
  const isPut = await put(atOnce, signal);
  if (!early || !isPut) return { isPut, early };
  const putRoute = (until: AbortSignal) => put(objects.filter(isLate), until);
  return { isPut, early, route: createLateRoute(early, putRoute, { ...cluster, signal }) };
}

async function prepare({ cluster, state, entry, secrets, isReleased }: Bringing): Promise<void> {
  await cluster.prepareNamespace(state.namespace, { isThere: isReleased });
  const { api } = cluster;
  if (entry.secretName !== null) await copySecrets(api, state, entry.secretName, entry.secretsVersion, secrets);
}

/** Only Traefik lets a change wait for the one before. */
async function earlyEndpoints({ cluster, state, entry, signal }: Bringing): Promise<EarlyEndpoints | undefined> {
  const { namespace, app, stage } = state;
  const { id, name, run } = entry;
  const { route } = await cluster.ingress();
  if (route.kind !== 'traefik') return undefined;
  const labels = { [labelOf.app]: app, [labelOf.stage]: stage, [labelOf.instance]: id };
  return createEarlyEndpoints(cluster.api, { namespace, name, port: run.port, labels }, signal);
}

async function toHelm({ cluster, state, entry, signal, context, known }: Bringing): Promise<void> {
  context.progress({ kind: 'note', text: `helm upgrade --install ${state.release} in ${state.namespace}` });
  known.toHelm = true;
  await cluster.apply(state, { signal, description: `railiance starts ${entry.id}` });
}

/** Until its pods are ready, or will not be. */
async function untilStarted(bringing: Bringing, { isPut, early }: Made): Promise<RolloutEnd> {
  const { cluster, spec, state, entry, isReleased, signal, context } = bringing;
  const isMade = isPut && isReleased;
  return await whilePut(isMade ? makeWay(bringing) : toHelm(bringing), signal, (until) =>
    awaitReady(cluster.api, {
      target: spec,
      namespace: state.namespace,
      workload: entry.name,
      isMade,
      selector: `${labelOf.app}=${state.app},${labelOf.stage}=${state.stage},${labelOf.instance}=${entry.id}`,
      image: entry.image,
      run: entry.run,
      signal: until,
      progress: context.progress,
      onPods: (pods) => {
        early?.follow(pods);
        if (isMade && pods.some(isPlaced)) cluster.standBy(state, entry.id, signal);
      },
    }),
  );
}

/** Its image is there, and its sandbox: it runs in a moment. */
function isPlaced({ status }: Pod): boolean {
  return status?.podIP !== undefined;
}

/** While the node starts the pods: what dead runs left goes, and Helm is told what it has to leave alone at the switch. */
async function makeWay({ cluster, state, entry: { id } }: Bringing): Promise<void> {
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

function evidenceOf({ cluster, secrets }: Bringing, end: RolloutEnd) {
  return () => podEvidence(cluster.api, end.pods, end.ready ? [] : end.events, redactorOf(secrets));
}
