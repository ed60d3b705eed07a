import { look, type Seen } from '../../checks/look.ts';
import type { Home } from '../../config/home.ts';
import type { Target } from '../../domain/name.ts';
import type { GateCheck } from '../../pipeline/stepPorts.ts';
import type { ReleaseStore } from '../../releases/releaseStore.ts';
import { otherCluster, rightContext } from '../cluster/elsewhere.ts';
import { type ClusterIdentity, lastCluster } from '../cluster/lastCluster.ts';
import type { ClusterStage } from '../clusterStage.ts';

interface SameCluster {
  readonly target: Target;
  /** Clusters of other stages are thrown away and made anew. */
  readonly isProduction: boolean;
  readonly identity: ClusterStage['identity'];
  readonly releases: Pick<ReleaseStore, 'newest'>;
  readonly home: Pick<Home, 'cache'>;
}

/**
 * Is this the cluster that the app was last deployed to from here? A kubeconfig whose current context is another one by now leads
 * to one that knows nothing of the app: a deploy there calls itself the first one and succeeds, and production stays as it was.
 * A cluster that has releases of the app is the right one, whatever is known here.
 */
export function sameClusterCheck({ target, isProduction, identity, releases, home }: SameCluster): GateCheck {
  const { app } = target;
  const ask = async (): Promise<Seen> => {
    const [here, last, current] = await Promise.all([identity(), lastCluster(home, target), releases.newest(target)]);
    if (!here) return { verdict: 'pass', summary: 'this user may not see what tells one cluster from another' };
    if (last && last.uid !== here.uid && isProduction && !current) return refused(target, last, here);
    const known = current ? `it has release ${current.number} of ${app}` : `${app} is new here`;
    return { verdict: 'pass', summary: `${here.context}: ${known}`, evidence: { here } };
  };
  return { name: 'same cluster', run: () => look('same cluster', ask) };
}

function refused(target: Target, last: ClusterIdentity, here: ClusterIdentity): Seen {
  const begin = `where ${target.app} is to begin on this one, --despite "same cluster" --reason "…"`;
  const evidence = { last, here };
  return { verdict: 'fail', summary: otherCluster(last, here), hint: `${rightContext(target)}; ${begin}`, evidence };
}
