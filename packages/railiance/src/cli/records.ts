import { hostname } from 'node:os';
import { type Home, homeAt } from '../config/home.ts';
import { systemClock } from '../domain/clock.ts';
import type { Failure } from '../domain/failure.ts';
import { type Target, targetLabel } from '../domain/name.ts';
import { createLocalEngine } from '../engines/local/localEngine.ts';
import { identifyProcess, isAlive } from '../exec/processIdentity.ts';
import { userName } from '../exec/userName.ts';
import { createFileLeaseStore } from '../pipeline/fileLeaseStore.ts';
import { createFileRunStore, runTargets } from '../pipeline/fileRunStore.ts';
import type { LeaseStore } from '../pipeline/leaseStore.ts';
import { createLeases, type Leases } from '../pipeline/leases.ts';
import { replay } from '../pipeline/runState.ts';
import type { RunStore } from '../pipeline/runStore.ts';
import { createFileReleaseStore } from '../releases/fileReleaseStore.ts';
import type { ReleaseStore } from '../releases/releaseStore.ts';
import { startAgent } from './agentProcess.ts';
import type { ClusterStage } from './clusterStage.ts';
import { type Clusters, createClusters, distinct } from './clusters.ts';
import type { Environment } from './output/terminal.ts';
import { ofClusters, routedEngine, routedLeases, routedReleases, routedRuns, type Unreachable } from './routed.ts';

/** What is there: enough to look, quick to open. */
export interface Records {
  readonly home: Home;
  readonly clusters: Clusters;
  /** This machine's; what goes by a target goes to the engine of the target's stage. */
  readonly engine: ReturnType<typeof createLocalEngine>;
  readonly releases: ReleaseStore;
  readonly runs: RunStore;
  readonly leases: Leases;
  /** Who holds what, as one store of leases says. */
  leasesIn(store: LeaseStore): Leases;
  /** As `targets`, of this machine alone. */
  targetsHere(): Promise<readonly Target[]>;
  /**
   * Every app and stage that has a release, an instance or a run that was cut off, sorted.
   * @param unreachable told of clusters that cannot be asked, which are then left out
   * @throws Failure where a cluster cannot be asked and nobody is told
   */
  targets(unreachable?: Unreachable): Promise<readonly Target[]>;
  /** Why that the stage's cluster knows nothing of a target does not mean that it is nowhere; undefined where it does. */
  elsewhere(target: Target): Promise<Failure | undefined>;
}

/** Every record lies with its stage: on this machine, or in the stage's cluster. `cwd` is where the blueprint is looked for. */
export async function openRecords(env: Environment, cwd = process.cwd()): Promise<Records> {
  const home = homeAt(env);
  const clusters = createClusters(env, home, cwd);
  const here = createLocalEngine({
    home,
    clock: systemClock,
    startAgent: (port?: number) => startAgent(home, env, port),
  });
  const files = createFileReleaseStore({ home });
  const localRuns = createFileRunStore({ home, clock: systemClock });
  const process = { clock: systemClock, self, isAlive: lives };
  const localLeases = createLeases({ ...process, store: createFileLeaseStore({ home }) });
  const leasesIn = (store: LeaseStore) => createLeases({ ...process, store, ttlMs: clusterTtlMs });
  const engine = routedEngine(async (target) => (await clusters.at(target))?.engine ?? here, here, clusters);
  const releases = routedReleases(async (target) => (await clusters.at(target))?.releases ?? files, files, clusters);
  const runs = routedRuns(async (target) => (await clusters.at(target))?.runs ?? localRuns);
  const leases = routedLeases(async (target) => {
    const cluster = await clusters.at(target);
    return cluster ? leasesIn(cluster.leaseStore) : localLeases;
  });
  const targetsHere = async () => {
    const seen = distinct((await Promise.all([here.targets().catch(() => []), files.targets()])).flat());
    const known = new Set(seen.map(targetLabel));
    return [
      ...seen,
      ...(await cutOff(
        runTargets(home).filter((target) => !known.has(targetLabel(target))),
        localRuns,
      )),
    ];
  };
  return {
    ...{ home, clusters, engine, releases, runs, leases, leasesIn, targetsHere },
    async targets(unreachable) {
      const inClusters = ofClusters(clusters, recordedIn, unreachable);
      return byName(distinct((await Promise.all([targetsHere(), inClusters])).flat()));
    },
    async elsewhere(target) {
      const cluster = await clusters.at(target);
      return cluster && (await (await import('./cluster/elsewhere.ts')).elsewhere(home, cluster, target));
    },
  };
}

async function recordedIn({ name, releases, runs }: ClusterStage): Promise<readonly Target[]> {
  const [released, unsettled] = await Promise.all([releases.targets(), runs.unsettled(name)]);
  return [...released, ...unsettled.map(({ app, stage }) => ({ app, stage }))];
}

/** By code unit: names are ASCII, and a language's order takes milliseconds to load. */
export function byName<T extends Target>(targets: readonly T[]): readonly T[] {
  return targets
    .map((target) => [targetLabel(target), target] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, target]) => target);
}

/** A cluster answers over a network, and its children are killed before a lease ends: longer than on this machine. */
const clusterTtlMs = 30_000;

/** A first deploy that was killed has left nothing but its journal. */
async function cutOff(targets: readonly Target[], runs: RunStore): Promise<readonly Target[]> {
  const isOpen = await Promise.all(
    targets.map(async (target) => {
      const [newest] = await runs.list(target);
      const state = newest === undefined ? undefined : replay(await runs.read(target, newest));
      return state !== undefined && !state.ended;
    }),
  );
  return targets.filter((_, at) => isOpen[at]);
}

function self() {
  const { startedAt: processStartedAt, bootId } = identifyProcess(process.pid) ?? { startedAt: '', bootId: '' };
  return { owner: userName(), host: hostname(), pid: process.pid, processStartedAt, bootId };
}

function lives({ pid, processStartedAt, bootId }: { pid: number; processStartedAt: string; bootId: string }): boolean {
  return isAlive({ pid, startedAt: processStartedAt, bootId });
}
