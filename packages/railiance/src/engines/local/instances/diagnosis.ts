import type { Cause } from '../../../domain/verdict.ts';
import type { Exit } from '../runtimes/runtime.ts';
import type { Probe } from './probe.ts';

/** What was seen of an instance that did not get ready. */
export interface Observation {
  /** Port it was given as $PORT. */
  readonly port: number;
  /** Port that app.toml says it would like. */
  readonly wantedPort: number;
  readonly elapsedMs: number;
  /** Absent while it runs. */
  readonly exit?: Exit;
  readonly lastProbe: Probe;
  /** What it listens on, its own port or others. */
  readonly listening: readonly number[];
  /** How long it has listened on others only. */
  readonly elsewhereMs: number;
  readonly timedOut: boolean;
}

/** An app that listens on the port it would like has ignored the one it was given; no need to wait long. */
const wantedElsewhereMs = 1_000;
/** Other ports may be a metrics or debugging port that is open before the app itself. */
const otherElsewhereMs = 5_000;

/** The one cause, as soon as it is certain; undefined while the app may still get ready. */
export function diagnose(seen: Observation): Cause | undefined {
  if (seen.exit) return ofExit(seen.exit, seen.elapsedMs);
  const elsewhere = elsewherePorts(seen);
  const patienceMs = elsewhere.includes(seen.wantedPort) ? wantedElsewhereMs : otherElsewhereMs;
  const ignores = elsewhere.length > 0 && (seen.elsewhereMs >= patienceMs || seen.timedOut);
  if (ignores) return ignoresPort(elsewhere, seen.port);
  return seen.timedOut ? neverReady(seen) : undefined;
}

/** Ports it listens on while it does not listen on its own. */
export function elsewherePorts({ listening, port }: Pick<Observation, 'listening' | 'port'>): readonly number[] {
  return listening.includes(port) ? [] : listening;
}

function ofExit(exit: Exit, elapsedMs: number): Cause {
  const summary = `${exitWords(exit, elapsedMs)}, before it was ready`;
  if (!exit.outOfMemory) return { name: 'crash', summary };
  return { name: 'out-of-memory', summary, hint: 'give it more under [run.resources] in app.toml' };
}

/** How a process ended that should have gone on. */
export function exitWords({ exitCode, signal, outOfMemory }: Exit, livedMs: number): string {
  const after = `after ${seconds(livedMs)}`;
  if (outOfMemory) return `ran out of memory ${after}`;
  return signal === null ? `ended with exit code ${exitCode} ${after}` : `was ended by ${signal} ${after}`;
}

function ignoresPort(elsewhere: readonly number[], port: number): Cause {
  return {
    name: 'ignores-port',
    summary: `listens on ${elsewhere.join(', ')} and ignores PORT, which is ${port}`,
    hint: 'make the app listen on the port that $PORT gives',
  };
}

function neverReady({ lastProbe, elapsedMs, port }: Observation): Cause {
  const saw =
    lastProbe.kind === 'unready' ? lastProbe.saw : `nothing listens on port ${port}, which it was given as $PORT`;
  return {
    name: 'never-ready',
    summary: `was not ready within ${seconds(elapsedMs)}: ${saw}`,
    hint: 'a slow app needs a longer start_timeout under [run], another page a health path',
  };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
