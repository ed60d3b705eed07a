import { join } from 'node:path';

import { runHelm, withFolder } from '../helm/helm.ts';
import type { TargetState } from '../state/targetState.ts';
import type { ClusterTools } from '../tools.ts';
import { upgradeOf, writeChart } from './apply.ts';

/** A helm that has started and looked its release up, and now waits for the values of the chart on its standard input. */
export interface StandBy {
  /**
   * Hands it the values, as JSON. False where it did not come to a good end, or waits no more: another one has to do it.
   * @throws the reason of the signal
   */
  go(values: string, signal: AbortSignal): Promise<boolean>;
  /** Ends it with nothing done, unless it was given the values. */
  end(): void;
}

/** An app may take long to get ready, and a helm takes memory: then another one is started when it is needed. */
const waitsMs = 5_000;

/**
 * Starts the helm that is going to be told of a switch while the pods of the new instance start: that takes it as long as what
 * it has to do. One whose railiance died is killed, or has an end of its input without values: the built-in chart comes to
 * nothing without them, and nothing is changed.
 * @param description for `helm history`
 */
export function standBy(
  tools: ClusterTools,
  state: Pick<TargetState, 'app' | 'namespace' | 'release'>,
  description: string,
  signal: AbortSignal,
): StandBy {
  const given = Promise.withResolvers<string>();
  const over = new AbortController();
  let waits = true;
  const end = () => {
    if (waits) over.abort();
    waits = false;
  };
  const patience = setTimeout(end, waitsMs);
  async function* input() {
    yield Buffer.from(await given.promise);
  }
  const work = withFolder(async (folder) => {
    const chart = join(folder, 'chart');
    await writeChart(chart, state.app);
    const argv = upgradeOf(tools, state, { chart, values: '-' }, description);
    return await runHelm(tools.helmPlace, argv, AbortSignal.any([signal, over.signal]), input());
  }).finally(() => {
    clearTimeout(patience);
    waits = false;
  });
  work.catch(() => {});
  return {
    async go(values, until) {
      if (!waits) return false;
      waits = false;
      clearTimeout(patience);
      const stop = () => over.abort(until.reason);
      if (until.aborted) stop();
      until.addEventListener('abort', stop, { once: true });
      given.resolve(values);
      const done = await work.catch(() => undefined);
      until.throwIfAborted();
      return done?.exitCode === 0;
    },
    end,
  };
}
