import { type ExitCode, Failure, problemOf } from '../../../domain/failure.ts';
import type { Cause, Evidence } from '../../../domain/verdict.ts';
import { StartFailed } from '../../engine.ts';

/** An error on its way from the agent to a client. */
export type WireError =
  | {
      readonly kind: 'failure';
      readonly action: string;
      readonly problem: string;
      readonly hint?: string;
      readonly exitCode: ExitCode;
    }
  | { readonly kind: 'start-failed'; readonly why: Cause; readonly evidence: Evidence };

export function encodeError(error: unknown): WireError {
  if (error instanceof StartFailed) return { kind: 'start-failed', why: error.why, evidence: error.evidence };
  if (!(error instanceof Failure)) {
    return { kind: 'failure', action: 'ask the agent', problem: problemOf(error), exitCode: 1 };
  }
  const { action, problem, hint, exitCode } = error;
  return { kind: 'failure', action, problem, exitCode, ...(hint === undefined ? {} : { hint }) };
}

export function decodeError(error: WireError): Error {
  if (error.kind === 'start-failed') return new StartFailed(error.why, error.evidence);
  const { action, problem, hint, exitCode } = error;
  return new Failure(action, problem, { exitCode, ...(hint === undefined ? {} : { hint }) });
}
