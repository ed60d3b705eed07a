import type { CheckResult } from '../../domain/verdict.ts';
import { isStatus } from '../../kubernetes/apiError.ts';
import { labelOf, selectorOf } from '../../kubernetes/labels.ts';
import { type KubeList, type KubeObject, pathOf } from '../../kubernetes/objects.ts';
import type { Placed } from '../engine.ts';
import type { Cluster } from './cluster.ts';
import { placedState } from './instances/entry.ts';
import type { TargetState } from './state/targetState.ts';

type Answer = Omit<CheckResult, 'name' | 'durationMs'>;

/**
 * Does something of the app run that is on no record? Then its records were removed, or are kept elsewhere: a deploy would call
 * itself the first one, make the generated secrets anew, and take away what runs.
 * @param before what is to be, as the records have it
 */
export async function checkRecords(cluster: Cluster, placed: Placed, before: TargetState | undefined): Promise<Answer> {
  const { api, settings } = cluster;
  const records = settings.state_namespace;
  if (before) return { verdict: 'pass', summary: `they are in the namespace ${records}` };
  const { app, stage } = placed;
  const { namespace } = placedState({ app, stage }, placed.deploy, undefined, cluster);
  const query = { labelSelector: selectorOf({ [labelOf.app]: app, [labelOf.stage]: stage }) };
  const running = await api.call<KubeList<KubeObject>>(pathOf('deployments', namespace), { query }).then(
    ({ items }) => items.map(({ metadata }) => metadata.name),
    (error: unknown) => {
      // Who may not look is told so by the check of rights, if that is needed at all.
      if (isStatus(error, 403)) return [];
      throw error;
    },
  );
  if (running.length === 0) return { verdict: 'pass', summary: 'there are none yet, and nothing of it runs' };
  return {
    verdict: 'fail',
    summary: `${running.join(', ')} in ${namespace} is on no record in the namespace ${records}`,
    hint: 'name their namespace with state_namespace = "…" in the settings of the stage; where they are lost, --despite records --reason "…" begins anew, with new generated secrets',
    evidence: { namespace, records, running },
  };
}
