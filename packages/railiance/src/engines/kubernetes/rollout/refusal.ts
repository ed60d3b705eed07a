import { exitCodes, Failure, problemOf } from '../../../domain/failure.ts';
import type { Cause } from '../../../domain/verdict.ts';
import { ApiError, isStatus } from '../../../kubernetes/apiError.ts';
import { quotaCause } from './controllerTrouble.ts';

/**
 * The cause in what the API server, or Helm in its name, refused: no rights, no room, a namespace that goes away. Undefined
 * where it is no refusal.
 */
export function refusalCause(error: unknown): Cause | undefined {
  if (!(error instanceof Failure)) return undefined;
  const words = problemOf(error).replace(/\s+/g, ' ');
  // A chart that cannot be used was refused before the cluster was asked.
  if (error.exitCode === exitCodes.refused && !(error instanceof ApiError)) {
    return { name: 'gate', summary: words, ...(error.hint !== undefined && { hint: error.hint }) };
  }
  const quota = quotaCause(words);
  if (quota) return quota;
  const going = /because it is being terminated/.test(words);
  if (going) {
    const hint = 'wait until it is gone: kubectl get namespaces';
    return { name: 'forbidden', summary: `its namespace is being removed: ${words}`, hint };
  }
  if (!isForbidden(words) && !isStatus(error, 401, 403)) return helmCause(error, words);
  const user = /User "[^"]*" cannot \w+ resource/.test(words);
  const hint = user ? 'give the user of the kubeconfig that right; `railiance gate` asks for all of them' : undefined;
  return { name: 'forbidden', summary: `the cluster refuses it: ${words}`, ...(hint && { hint }) };
}

/** Helm that failed by itself: a chart that cannot be applied, a time-out, or somebody who killed it. */
function helmCause({ action }: Failure, words: string): Cause | undefined {
  return /^run \S+ (upgrade|rollback)\b/.test(action) ? { name: 'engine', summary: words } : undefined;
}

function isForbidden(words: string): boolean {
  return /forbidden|denied the request|violates PodSecurity/i.test(words);
}
