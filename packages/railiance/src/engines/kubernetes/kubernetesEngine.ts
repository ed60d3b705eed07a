import { exitCodes, Failure } from '../../domain/failure.ts';
import { targetLabel } from '../../domain/name.ts';
import { clusterFailure } from '../../kubernetes/apiError.ts';
import { defineEngine, type Engine } from '../engine.ts';
import { checkCluster } from './check.ts';
import { createCluster } from './cluster.ts';
import { activateInstance } from './instances/activate.ts';
import { placedState } from './instances/entry.ts';
import { retireInstance } from './instances/retire.ts';
import { prepareInstance, startInstance } from './instances/start.ts';
import { podsOf, targetStatus } from './instances/status.ts';
import { stageStatuses, type TargetSeen } from './instances/statuses.ts';
import { targetLogs } from './pods/logs.ts';
import { runTask } from './pods/task.ts';
import { publicRoute } from './route/addresses.ts';
import type { ClusterOptions } from './tools.ts';

export interface KubernetesEngine extends Engine {
  /** What `status` says of every target of the stage, in a few requests. */
  statuses(): Promise<readonly TargetSeen[]>;
}

/** Releases of one stage on a Kubernetes cluster, through Helm. */
export function createKubernetesEngine(options: ClusterOptions): KubernetesEngine {
  const cluster = createCluster(options);
  const { states, settings } = cluster;

  const engine = defineEngine({
    name: 'kubernetes',

    async ensure() {
      await cluster.version().catch((error: unknown) => {
        throw clusterFailure(`reach the cluster of ${options.stage.name}`, error);
      });
    },

    check: (run, image, placed) => checkCluster(cluster, run, image, placed),

    async status(target) {
      const state = await states.get(target);
      const { url } = await publicRoute(
        state ?? placedState(target, undefined, undefined, cluster),
        settings,
        await cluster.ingress(),
      );
      if (!state) return { others: [], url };
      return await targetStatus(state, url, (of, entry) => podsOf(cluster, of, entry));
    },

    async targets() {
      const all = await states.all();
      return all.filter(({ instances }) => instances.length > 0).map(({ app, stage }) => ({ app, stage }));
    },

    async route(target) {
      const state = (await states.get(target)) ?? placedState(target, undefined, undefined, cluster);
      return await publicRoute(state, settings, await cluster.ingress());
    },

    async preview(spec) {
      const { previewRelease } = await import('./preview/preview.ts');
      return await previewRelease(cluster, spec);
    },

    prepare: (spec, signal) => prepareInstance(cluster, spec, signal),
    start: (spec, context) => startInstance(cluster, spec, context),
    activate: (target, id, context) => activateInstance(cluster, target, id, context),
    retire: (target, id, context, leaving) => retireInstance(cluster, target, id, context, leaving),
    task: (spec, context) => runTask(cluster, spec, context),

    async evidence(target, id) {
      const found = await cluster.ended.get(target, id);
      if (found)
        return { ...found.evidence, details: { ...found.evidence.details, ended: found.at, reason: found.reason } };
      throw new Failure(`read the evidence of ${targetLabel(target)}`, `nothing of instance ${id} is kept`, {
        exitCode: exitCodes.invalidInput,
      });
    },

    logs: (target, logOptions) => targetLogs(cluster, target, logOptions),

    async exec(target, command, streams) {
      // The client library's WebSocket is loaded only for this.
      const { execInTarget } = await import('./pods/exec.ts');
      return await execInTarget(cluster, target, command, streams);
    },
  });
  return { ...engine, statuses: () => stageStatuses(cluster, options.stage.name) };
}
