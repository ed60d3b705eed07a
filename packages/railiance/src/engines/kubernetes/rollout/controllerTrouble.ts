import type { Cause } from '../../../domain/verdict.ts';
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
  const quota = quotaCause(words);
  if (quota) return { cause: quota, final: true };
  const name = /forbidden|violates PodSecurity|denied/i.test(words) ? 'forbidden' : 'engine';
  return { cause: { name, summary: `the cluster refuses the pod: ${bareWords(words)}` }, final: true };
}

/** A quota that is used up (`exceeded quota`), or that wants an amount to be said (`failed quota: … must specify`). */
export function quotaCause(words: string): Cause | undefined {
  if (/failed quota/.test(words)) {
    const hint = 'say how much it takes under [run] resources';
    return { name: 'quota', summary: `the quota of the namespace wants an amount: ${bareWords(words)}`, hint };
  }
  if (!/exceeded quota/.test(words)) return undefined;
  const hint = 'raise the quota, or ask for less under [run] resources';
  return { name: 'quota', summary: `the quota of the namespace leaves no room: ${bareWords(words)}`, hint };
}

function bareWords(words: string): string {
  return words.replace(/^.*?\w+ "[^"]*" is forbidden: (?=exceeded|failed|violates)/, '');
}
