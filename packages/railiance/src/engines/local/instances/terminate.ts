import type { Clock } from '../../../domain/clock.ts';
import type { StopReport } from '../../engine.ts';
import type { Exit, RunningProcess } from '../runtimes/runtime.ts';

/** After SIGKILL only the kernel can still hold a process; it is not waited for beyond this. */
const killPatienceMs = 5_000;

/** SIGTERM, and SIGKILL where that was not enough within the time. */
export async function terminate(process: RunningProcess, timeoutMs: number, clock: Clock): Promise<StopReport> {
  const began = clock.elapsedMs();
  const report = (exit: Exit | undefined, clean: boolean): StopReport => ({
    exitCode: exit?.exitCode ?? null,
    signal: exit?.signal ?? null,
    clean,
    durationMs: Math.round(clock.elapsedMs() - began),
  });
  // A process that has just ended by itself takes no signal; its exit is what counts.
  await process.signal('SIGTERM').catch(() => {});
  const ended = await exitWithin(process, timeoutMs, clock);
  if (ended) return report(ended, true);
  await process.signal('SIGKILL').catch(() => {});
  return report(await exitWithin(process, killPatienceMs, clock), false);
}

/** A longer timer would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Undefined where it still runs after the time. */
export async function exitWithin(process: RunningProcess, ms: number, clock: Clock): Promise<Exit | undefined> {
  const enough = new AbortController();
  const exit = await Promise.race([
    process.exited,
    clock.sleep(Math.min(ms, longestTimerMs), enough.signal).catch(() => {}),
  ]);
  enough.abort();
  return exit ?? undefined;
}
