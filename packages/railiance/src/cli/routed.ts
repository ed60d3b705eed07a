import type { Target } from '../domain/name.ts';
import type { Engine, LogLine, LogOptions } from '../engines/engine.ts';
import type { Leases } from '../pipeline/leases.ts';
import type { RunStore } from '../pipeline/runStore.ts';
import type { ApprovalStore } from '../releases/approvalStore.ts';
import type { ReleaseStore } from '../releases/releaseStore.ts';
import type { Revocations } from '../secrets/revocations.ts';
import type { SealedCopies } from '../secrets/sealedCopies.ts';
import type { SecretStore } from '../secrets/secretStore.ts';
import { type Clusters, distinct } from './clusters.ts';

/** The part of a target's own stage. */
type At<T> = (target: Target) => Promise<T>;

export function routedReleases(at: At<ReleaseStore>, local: ReleaseStore, clusters: Clusters): ReleaseStore {
  return {
    record: async (release, fencing) => (await at(release)).record(release, fencing),
    head: async (target) => (await at(target)).head(target),
    newest: async (target) => (await at(target)).newest(target),
    get: async (target, number) => (await at(target)).get(target, number),
    list: async (target) => (await at(target)).list(target),
    targets: async () => distinct([...(await local.targets()), ...(await releasedInClusters(clusters))]),
  };
}

export function routedRuns(at: At<RunStore>): RunStore {
  return {
    create: async (target, runId, first) => (await at(target)).create(target, runId, first),
    open: async (target, runId) => (await at(target)).open(target, runId),
    read: async (target, runId) => (await at(target)).read(target, runId),
    list: async (target) => (await at(target)).list(target),
  };
}

export function routedLeases(at: At<Leases>): Leases {
  return {
    take: async (target, request) => (await at(target)).take(target, request),
    holder: async (target) => (await at(target)).holder(target),
  };
}

export function routedSecrets(at: At<SecretStore>): SecretStore {
  return {
    put: async (target, values) => (await at(target)).put(target, values),
    get: async (target, version) => (await at(target)).get(target, version),
    versions: async (target) => (await at(target)).versions(target),
    remove: async (target, version) => (await at(target)).remove(target, version),
    latest: async (target) => (await at(target)).latest(target),
  };
}

export function routedSealedCopies(at: At<SealedCopies>): SealedCopies {
  return {
    keep: async (target, version, copy) => (await at(target)).keep(target, version, copy),
    get: async (target, version) => (await at(target)).get(target, version),
    versions: async (target) => (await at(target)).versions(target),
    remove: async (target, version) => (await at(target)).remove(target, version),
  };
}

export function routedRevocations(at: At<Revocations>): Revocations {
  return {
    list: async (target) => (await at(target)).list(target),
    of: async (target, version) => (await at(target)).of(target, version),
    add: async (target, revocation) => (await at(target)).add(target, revocation),
  };
}

export function routedApprovals(at: At<ApprovalStore>): ApprovalStore {
  return {
    add: async (approval) => (await at(approval)).add(approval),
    list: async (target) => (await at(target)).list(target),
    take: async (target, id, runId) => (await at(target)).take(target, id, runId),
    withdraw: async (target, id, by) => (await at(target)).withdraw(target, id, by),
    watch: async (target, onChange, signal) => (await at(target)).watch(target, onChange, signal),
  };
}

/** What goes by a target goes to the engine of its stage; the rest is asked of this machine's own. */
export function routedEngine<Local extends Engine>(at: At<Engine>, local: Local, clusters: Clusters): Local {
  const routed: Omit<Engine, 'name' | 'check' | 'ensure'> = {
    status: async (target) => (await at(target)).status(target),
    route: async (target) => (await at(target)).route(target),
    preview: async (spec) => (await at(spec)).preview?.(spec),
    prepare: async (spec, signal) => (await at(spec)).prepare?.(spec, signal),
    start: async (spec, context) => (await at(spec)).start(spec, context),
    activate: async (target, id, context) => (await at(target)).activate(target, id, context),
    retire: async (target, id, context, options) => (await at(target)).retire(target, id, context, options),
    task: async (spec, context) => (await at(spec)).task(spec, context),
    evidence: async (target, id) => (await at(target)).evidence(target, id),
    logs: (target, options) => logsAt(at, target, options),
    exec: async (target, command, streams) => (await at(target)).exec(target, command, streams),
    targets: async () =>
      distinct([...(await local.targets()), ...(await ofClusters(clusters, (one) => one.engine.targets()))]),
  };
  return { ...local, ...routed };
}

async function* logsAt(at: At<Engine>, target: Target, options: LogOptions): AsyncGenerator<LogLine> {
  yield* (await at(target)).logs(target, options);
}

type ClusterStage = NonNullable<Awaited<ReturnType<Clusters['at']>>>;

/** Told of what cannot be asked for its targets, by one who can do without: a stage, or the blueprint that names them. */
export type Unreachable = (missing: { readonly stage?: string; readonly error: unknown }) => void;

/** What the clusters have on record. @throws Failure where one cannot be asked, unless somebody is to be told */
async function releasedInClusters(clusters: Clusters, unreachable?: Unreachable): Promise<readonly Target[]> {
  return await ofClusters(clusters, (one) => one.releases.targets(), unreachable);
}

/** Asks each cluster. @throws Failure where one cannot be asked, unless somebody is to be told */
export async function ofClusters<Seen extends Target>(
  clusters: Clusters,
  ask: (cluster: ClusterStage) => Promise<readonly Seen[]>,
  unreachable?: Unreachable,
): Promise<readonly Seen[]> {
  const without = (missing: { readonly stage?: string }) => (error: unknown) => {
    if (!unreachable) throw error;
    unreachable({ ...missing, error });
    return [];
  };
  const names = await clusters.names().catch(without({}));
  const found = await Promise.all(
    names.map(async (stage) => {
      const look = async () => {
        const cluster = await clusters.at({ stage });
        // Stages may share a cluster and its records.
        return cluster ? (await ask(cluster)).filter((target) => target.stage === stage) : [];
      };
      return await look().catch(without({ stage }));
    }),
  );
  return found.flat();
}
