import type { RunSpec } from '../../../domain/app.ts';
import type { Clock } from '../../../domain/clock.ts';
import type { Cause } from '../../../domain/verdict.ts';
import type { Exit, RunningProcess } from '../runtimes/runtime.ts';
import { diagnose, elsewherePorts } from './diagnosis.ts';
import { type Probe, probe } from './probe.ts';

const intervalMs = 50;
/** Listing ports reads the sockets of the whole machine; it is asked for less often than the app itself. */
const portsIntervalMs = 250;
const longestAnswerMs = 5_000;

export interface ReadinessInput {
  readonly process: RunningProcess;
  readonly port: number;
  readonly run: Pick<RunSpec, 'health' | 'startTimeoutMs' | 'port'>;
  readonly hostHeader: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export type Readiness =
  | { readonly ready: true; readonly host: string }
  | { readonly ready: false; readonly why: Cause; readonly exit?: Exit; readonly details: Record<string, unknown> };

/**
 * Asks until the app is ready, or until it is certain that it will not be: it ended, it listens elsewhere, its time is up.
 * @throws the signal's reason when aborted
 */
export async function awaitReady(input: ReadinessInput): Promise<Readiness> {
  const { process, port, run, clock, signal } = input;
  const began = clock.elapsedMs();
  let exit: Exit | undefined;
  const ended = process.exited.then((how) => {
    exit = how;
  });
  const ports = watchPorts(process, port, clock);
  for (;;) {
    signal.throwIfAborted();
    const leftMs = run.startTimeoutMs - (clock.elapsedMs() - began);
    const lastProbe = exit
      ? closed
      : await look(input, Math.ceil(Math.max(intervalMs, Math.min(longestAnswerMs, leftMs))));
    // Another program may answer on the port; only what listens there itself is ready.
    if (lastProbe.kind === 'ready' && (await ports.mayBeOurs())) return { ready: true, host: lastProbe.host };
    const { listening, elsewhereMs } = await ports.look();
    const elapsedMs = clock.elapsedMs() - began;
    const timedOut = elapsedMs >= run.startTimeoutMs;
    const seen = { port, wantedPort: run.port, elapsedMs, lastProbe, listening, elsewhereMs, timedOut };
    const why = diagnose(exit ? { ...seen, exit } : seen);
    if (why) {
      const details = { port, listening, lastProbe, elapsedMs: Math.round(elapsedMs) };
      return { ready: false, why, ...(exit ? { exit } : {}), details };
    }
    if (!exit) await Promise.race([ended, clock.sleep(intervalMs, signal)]);
  }
}

const closed: Probe = { kind: 'closed' };

function look({ port, run, hostHeader, signal }: ReadinessInput, timeoutMs: number): Promise<Probe> {
  const health = run.health ? { healthPath: run.health.path } : {};
  return probe({ port, hostHeader, timeoutMs, signal, ...health });
}

/** Remembers since when the process listens on other ports only. */
function watchPorts(process: RunningProcess, port: number, clock: Clock) {
  let listening: readonly number[] = [];
  let lookedMs = Number.NEGATIVE_INFINITY;
  let elsewhereSinceMs: number | undefined;
  const refresh = async () => {
    lookedMs = clock.elapsedMs();
    listening = await process.listeningPorts().catch(() => []);
    if (elsewherePorts({ listening, port }).length === 0) elsewhereSinceMs = undefined;
    else elsewhereSinceMs ??= lookedMs;
  };
  return {
    look: async () => {
      if (clock.elapsedMs() - lookedMs >= portsIntervalMs) await refresh();
      const elsewhereMs = elsewhereSinceMs === undefined ? 0 : clock.elapsedMs() - elsewhereSinceMs;
      return { listening, elsewhereMs };
    },
    /** No port at all: this runtime cannot tell. */
    mayBeOurs: async () => {
      await refresh();
      return listening.length === 0 || listening.includes(port);
    },
  };
}
