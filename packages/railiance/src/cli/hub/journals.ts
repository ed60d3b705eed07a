import type { Home } from '../../config/home.ts';
import { systemClock } from '../../domain/clock.ts';
import type { Stage } from '../../domain/stage.ts';
import type { OwedRun } from '../../events/outbox/outbox.ts';
import { createFileRunStore } from '../../pipeline/fileRunStore.ts';
import type { RunStore } from '../../pipeline/runStore.ts';
import type { Environment } from '../output/terminal.ts';

/** Finds the journal of an owed run: on this machine, or in the cluster of its stage. */
export type Journals = (run: Pick<OwedRun, 'at'>) => Promise<RunStore>;

export function openJournals(home: Home, env: Environment): Journals {
  const here = createFileRunStore({ home, clock: systemClock });
  const clusters = new Map<string, Promise<RunStore>>();
  const inCluster = async (stage: Stage) => {
    const { openClusterStage } = await import('../clusterStage.ts');
    return (await openClusterStage(stage, { env, home, apis: new Map() })).runs;
  };
  return async ({ at }) => {
    if (!at) return here;
    // Stages of two blueprints may have one name and not one cluster.
    const name = JSON.stringify(at);
    const opened = clusters.get(name) ?? inCluster(at);
    clusters.set(name, opened);
    return await opened;
  };
}
