import { problemOf } from '../../domain/failure.ts';
import { type Target, targetLabel } from '../../domain/name.ts';
import type { TargetStatus } from '../../engines/engine.ts';
import { numberOfRun } from '../../pipeline/runId.ts';
import type { ClusterStage } from '../clusterStage.ts';
import type { Records } from '../records.ts';
import { assembleView, type StageView, viewStage } from '../stageView.ts';

/**
 * Everything on one cluster stage. The lists of heads, instances, pods, leases and open runs tell of whatever is at rest;
 * only what somebody works on, or a run left half done, is looked at closely.
 */
export async function viewCluster(cluster: ClusterStage, records: Records): Promise<readonly StageView[]> {
  const { name: stage, engine, releases, runs, leaseStore } = cluster;
  const [statuses, heads, held, unsettled] = await Promise.all([
    engine.statuses().catch((error: unknown) => new Error(problemOf(error))),
    releases.heads(stage).then(byLabel),
    leaseStore.all(stage),
    runs.unsettled(stage),
  ]);
  const problem = statuses instanceof Error ? statuses : undefined;
  const seen = statuses instanceof Error ? [] : statuses;
  const statusOf = new Map(seen.map(({ target, status }) => [targetLabel(target), status]));
  const running = seen.filter(({ status }) => hasInstances(status)).map(({ target }) => target);
  // What came after an open run has settled it.
  const open = unsettled.filter((run) => numberOfRun(run.runId) >= (held.get(targetLabel(run))?.fencing ?? 0));
  const restless = new Set(open.map(targetLabel));
  const leases = records.leasesIn({ ...leaseStore, newest: async (target) => held.get(targetLabel(target)) });
  const targets = byLabel<Target>([...heads.values(), ...running, ...open]);
  return await Promise.all(
    [...targets].map(async ([label, { app }]) => {
      const target = { app, stage };
      const status = problem ?? statusOf.get(label);
      const atRest = status && !restless.has(label) && !(await leases.holder(target));
      return atRest ? assembleView(target, heads.get(label), status) : await viewStage(target, records);
    }),
  );
}

function byLabel<T extends Target>(all: readonly T[]): ReadonlyMap<string, T> {
  return new Map(all.map((one) => [targetLabel(one), one]));
}

function hasInstances({ active, others }: TargetStatus): boolean {
  return active !== undefined || others.length > 0;
}
