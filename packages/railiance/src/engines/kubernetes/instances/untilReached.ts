import type { Cause } from '../../../domain/verdict.ts';
import type { Cluster } from '../cluster.ts';
import { candidateRoute } from '../route/addresses.ts';
import { firstPassedOn, untilLeadsTo } from '../route/switch.ts';
import type { InstanceEntry, TargetState } from '../state/targetState.ts';

/**
 * Asks an instance through the ingress, as a smoke test will. Without a health path it has to answer below 500, as on every
 * engine.
 * @param served resolves once the cluster leads its Service to the pods
 * @returns why it cannot be reached; undefined where it can
 */
export async function untilReached(
  cluster: Cluster,
  state: TargetState,
  { id, run }: InstanceEntry,
  served: Promise<void>,
  signal: AbortSignal,
): Promise<Cause | undefined> {
  const { clock } = cluster;
  const facts = await cluster.ingress();
  const route = await candidateRoute(state, id, facts);
  // A cluster under load is late to lead to the pods, and Traefik not to be blamed. Who may not look goes without.
  await Promise.all([
    untilLeadsTo(route, id, facts.route, { clock, signal, target: state }),
    served.catch(() => signal.throwIfAborted()),
  ]);
  const answer = await firstPassedOn(route, run.health?.path ?? '/', { clock, signal });
  if (run.health || (answer && answer.status < 500)) return undefined;
  const saw = answer ? `answered ${answer.status}` : 'had no answer';
  return { name: 'never-ready', summary: `GET / ${saw}`, hint: 'name a health path under [run] if / is not one' };
}
