/**
 * Exit codes of every command, as scripts and CI jobs rely on them.
 * 130 and 143 (stopped by a signal) are set where signals are handled.
 */
export const exitCodes = {
  done: 0,
  failedAndRolledBack: 1,
  invalidInput: 2,
  leaseHeld: 3,
  refused: 4,
  needsPerson: 5,
  dependencyMissing: 6,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface FailureOptions {
  /** The next command or edit that helps, as one line without a trailing period. */
  hint?: string;
  exitCode?: ExitCode;
  cause?: unknown;
}

/**
 * An error meant for a person: what was being done, what went wrong, what to do next.
 * Printed as `railiance: error: <action>: <problem>` and a `hint:` line.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly action: string;
  readonly problem: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;

  constructor(action: string, problem: string, options: FailureOptions = {}) {
    super(`${action}: ${problem}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.action = action;
    this.problem = problem;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? exitCodes.failedAndRolledBack;
  }
}

/** The words of any thrown value, for use as the `problem` of a Failure. */
export function problemOf(error: unknown): string {
  if (error instanceof Failure) return error.message;
  if (error instanceof Error) return error.message;
  return String(error);
}
