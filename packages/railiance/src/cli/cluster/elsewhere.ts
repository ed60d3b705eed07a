import type { Home } from '../../config/home.ts';
import { exitCodes, Failure } from '../../domain/failure.ts';
import { type Target, targetLabel } from '../../domain/name.ts';
import type { ClusterStage } from '../clusterStage.ts';
import { type ClusterIdentity, lastCluster, lastClusterFile } from './lastCluster.ts';

/**
 * Why a cluster that has no release of an app does not mean that there is none: it was deployed from here, to another cluster or
 * to this one, whose records are gone. Undefined where nothing speaks against it.
 */
export async function elsewhere(
  home: Pick<Home, 'cache'>,
  { identity, place }: Pick<ClusterStage, 'identity' | 'place'>,
  target: Target,
): Promise<Failure | undefined> {
  const last = await lastCluster(home, target);
  const here = last && (await identity());
  if (!last || !here) return undefined;
  const label = targetLabel(target);
  const forGood = `where it is gone for good, rm ${lastClusterFile(home, target)}`;
  const isOther = last.uid !== here.uid;
  const problem = isOther ? otherCluster(last, here) : `its records in the namespace ${place.namespace} are gone`;
  const hint = isOther ? `${rightContext(target)}; ${forGood}` : `bring that namespace back; ${forGood}`;
  return new Failure(`find ${label}`, problem, { hint, exitCode: exitCodes.dependencyMissing });
}

export function otherCluster(last: ClusterIdentity, here: ClusterIdentity): string {
  return `it was deployed to ${wordsFor(last)}; this is ${wordsFor(here)}, which has no release of it`;
}

export function rightContext({ stage }: Target): string {
  return `name the right one with context = "…" in the settings of ${stage}, or choose it with kubectl config use-context`;
}

function wordsFor({ server, context }: ClusterIdentity): string {
  return `${server} (context ${context})`;
}
