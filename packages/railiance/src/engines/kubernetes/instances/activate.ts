import { exitCodes, Failure } from '../../../domain/failure.ts';
import { type Target, targetLabel } from '../../../domain/name.ts';
import type { EngineContext } from '../../engine.ts';
import type { Cluster } from '../cluster.ts';
import { publicRoute } from '../route/addresses.ts';
import { leadTo, untilLeadsTo } from '../route/switch.ts';
import { entryOf, type InstanceEntry, type TargetState } from '../state/targetState.ts';

/** Leads Service and public route to an instance, and waits until the ingress does so. */
export async function activateInstance(
  cluster: Cluster,
  target: Target,
  id: string,
  context: EngineContext,
): Promise<void> {
  const { api, states, settings, clock } = cluster;
  const { signal, fencing } = context;
  const state = (await states.change(target, fencing, (now) => {
    if (entryOf(now, id)?.phase !== 'ready') throw noInstance(target, id, now);
    if (!now || now.active === id) return now;
    return { ...now, active: id, activatedAt: clock.now().toISOString() };
  })) as TargetState;
  const entry = entryOf(state, id) as InstanceEntry;
  // By the app's own chart it serves since it is ready.
  if (entry.selector) return;
  const facts = await cluster.ingress();
  // Helm takes longest, and writes the very same in the end. An app's first release is the only one that waits for it: what
  // took the place of another is retired later, and that waits.
  const isAlone = state.instances.length === 1;
  if (!isAlone) await cluster.handOver(state, signal);
  await leadTo(api, state, entry, facts.route);
  const route = await publicRoute(state, settings, facts);
  await Promise.all([
    untilLeadsTo(route, id, facts.route, { clock, signal, target: state }),
    isAlone && cluster.apply(state, { signal, description: `railiance leads to ${id}` }),
  ]);
}

function noInstance(target: Target, id: string, state: TargetState | undefined): Failure {
  const there = state?.instances.map((entry) => entry.id).join(', ');
  return new Failure(`lead ${targetLabel(target)} to ${id}`, `there is no instance ${id} that is ready`, {
    hint: there ? `there is ${there}` : 'there is none at all',
    exitCode: exitCodes.invalidInput,
  });
}
