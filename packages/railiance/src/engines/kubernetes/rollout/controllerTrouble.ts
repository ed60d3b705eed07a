import type { Condition } from '../../../kubernetes/objects.ts';
import type { Trouble } from './podTrouble.ts';

/** Why a workload has no pod at all, as its own condition says. */
export function controllerTrouble(conditions: readonly Condition[]): Trouble | undefined {
  const refused = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  if (refused?.message === undefined) return undefined;
  const words = refused.message
    .replace(/^Error creating: /, '')
    .replace(/\s+/g, ' ')
    .trim();
  const bare = words.replace(/^pods "[^"]*" is forbidden: /, '');
  if (/exceeded quota/.test(words)) {
    const hint = 'raise the quota, or ask for less under [run] resources';
    return {
      cause: { name: 'quota', summary: `the quota of the namespace leaves no room: ${bare}`, hint },
      final: true,
    };
  }
  const name = /forbidden|violates PodSecurity|denied/i.test(words) ? 'forbidden' : 'engine';
  return { cause: { name, summary: `the cluster refuses the pod: ${bare}` }, final: true };
}
