import type { Cluster } from '../cluster.ts';
import { publicRoute } from '../route/addresses.ts';
import { answerOf } from '../route/answers.ts';
import type { TargetState } from '../state/targetState.ts';

/** The proxies lag a little behind: until the public name answers at all. */
export async function untilRouted(cluster: Cluster, state: TargetState, signal: AbortSignal): Promise<void> {
  const route = await publicRoute(state, cluster.settings, await cluster.ingress());
  const untilMs = cluster.clock.elapsedMs() + 10_000;
  while (cluster.clock.elapsedMs() < untilMs) {
    const answer = await answerOf(route, '/', signal);
    if (answer && ![404, 502, 503].includes(answer.status)) return;
    await cluster.clock.sleep(100, signal);
  }
}
