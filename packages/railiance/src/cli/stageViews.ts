import { targetLabel } from '../domain/name.ts';
import { byName, type Records } from './records.ts';
import { ofClusters, type Unreachable } from './routed.ts';
import { type StageView, viewStage } from './stageView.ts';

/** All that is known here, by name: what this machine has one by one, each cluster in a few requests. */
export async function viewAll(records: Records, unreachable: Unreachable): Promise<readonly StageView[]> {
  const { clusters } = records;
  const [here, inClusters, elsewhere] = await Promise.all([
    records.targetsHere(),
    ofClusters(clusters, async (one) => (await import('./cluster/overview.ts')).viewCluster(one, records), unreachable),
    // Said already, where the blueprint cannot be read: then everything known here is taken for this machine's.
    clusters.names().catch((): readonly string[] => []),
  ]);
  const seen = new Set(inClusters.map(targetLabel));
  const others = here.filter((target) => !seen.has(targetLabel(target)) && !elsewhere.includes(target.stage));
  return byName([...inClusters, ...(await Promise.all(others.map((target) => viewStage(target, records))))]);
}
