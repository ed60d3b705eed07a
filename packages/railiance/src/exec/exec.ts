import type { Secret } from '../domain/secret.ts';

export interface Command {
  /** Program and arguments; never a shell string, never a secret. */
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  /** Added to a minimal environment (PATH, HOME, LANG, TMPDIR); secrets are revealed only at the spawn. */
  readonly env?: Readonly<Record<string, string | Secret>>;
  /** Written to standard input, which is closed afterwards; chunks are asked for as the program takes them. */
  readonly input?: string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Receives standard output as it is, of any size; the result and `onLine` have standard error alone then. */
  readonly outputFile?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Called for each line of standard output and error, bounded and redacted. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

export interface CommandResult {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The first 1 MiB at most; `truncated` says when there was more. */
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
  readonly timedOut: boolean;
  readonly durationMs: number;
}

/**
 * Runs programs. Each runs in its own process group, which is killed whole at the time-out or when the signal is aborted.
 * A program that exits non-zero is a result; one that cannot be started is a Failure with exit code 6.
 */
export interface Exec {
  run(command: Command): Promise<CommandResult>;
}
