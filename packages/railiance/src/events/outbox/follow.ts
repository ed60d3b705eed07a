import { isAnyUnderWay, type SenderPorts, sendOwed } from './sender.ts';

/** Records come in groups: a moment's patience makes one request of them. */
const gatherMs = 100;
/** How often to look whether the process of a run died without a word. */
const lookEveryMs = 5_000;
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** A hub that is silent for so long is left to the next command. */
const givesUpAfterMs = 15 * 60_000;

/**
 * Sends events as they are written down, until every run that is owed is over and told. Waits longer and longer for a hub
 * that does not answer, and leaves one that needs a person (a wrong key, say) at once.
 */
export async function follow(ports: SenderPorts, signal: AbortSignal): Promise<void> {
  const { outbox, clock } = ports;
  const watch = outbox.watch();
  let pauseMs = firstPauseMs;
  let lastGoodMs = clock.elapsedMs();
  try {
    while (!signal.aborted) {
      const problem = await sendOwed(ports, signal);
      if (problem?.remedy === 'person') return;
      if (problem) {
        if (clock.elapsedMs() - lastGoodMs > givesUpAfterMs) return;
        await clock.sleep(Math.max(problem.afterMs ?? 0, pauseMs * (0.75 + Math.random() / 2)), signal);
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
        continue;
      }
      pauseMs = firstPauseMs;
      lastGoodMs = clock.elapsedMs();
      if (!(await isAnyUnderWay(ports))) return;
      await watch.change(lookEveryMs, signal);
      await clock.sleep(gatherMs, signal);
    }
  } finally {
    watch.close();
  }
}
