import { Failure } from '../../domain/failure.ts';
import type { CheckResult } from '../../domain/verdict.ts';
import { ApiError } from '../../kubernetes/apiError.ts';
import type { Placed } from '../engine.ts';
import type { Cluster } from './cluster.ts';
import { placedState } from './instances/entry.ts';
import { hasPublicRoute } from './rollout/instanceObjects.ts';
import type { TargetState } from './state/targetState.ts';

type Answer = Omit<CheckResult, 'name' | 'durationMs'>;

const patienceMs = 15_000;

/** Are the names of the app's Service and route free, or its own? With a chart of the app's own, names are the chart's affair. */
export async function checkNames(
  cluster: Cluster,
  { deploy, ...target }: Placed,
  before: TargetState | undefined,
): Promise<Answer> {
  const state = placedState(target, deploy, before, cluster);
  const { release, namespace } = state;
  try {
    const isThere = await hasPublicRoute(cluster, state, AbortSignal.timeout(patienceMs));
    return { verdict: 'pass', summary: `${release} in ${namespace} is ${isThere ? "the app's own" : 'free'}` };
  } catch (error) {
    if (!(error instanceof Failure) || error instanceof ApiError) throw error;
    return { verdict: 'fail', summary: error.problem, ...(error.hint !== undefined && { hint: error.hint }) };
  }
}
