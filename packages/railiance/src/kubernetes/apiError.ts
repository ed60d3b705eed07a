import { type ExitCode, exitCodes, Failure } from '../domain/failure.ts';

/** What the API server says where it refuses: its Status object. */
export interface StatusBody {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly retryAfterSeconds?: number };
}

/** An answer of the API server other than the one that was asked for; status 0 where none came. */
export class ApiError extends Failure {
  /** HTTP status; 0: the server could not be reached. */
  readonly status: number;
  /** The server's own word, e.g. `Conflict`, `AlreadyExists`, `Forbidden`. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string, options?: ErrorOptions) {
    super('ask the cluster', message, { ...adviceFor(status), ...options });
    this.status = status;
    this.reason = reason;
  }
}

export function isStatus(error: unknown, ...statuses: readonly number[]): boolean {
  return error instanceof ApiError && statuses.includes(error.status);
}

/** For `catch`: undefined where there is no such object. */
export function undefinedIfMissing(error: unknown): undefined {
  if (!isStatus(error, 404)) throw error;
}

function adviceFor(status: number): { readonly hint?: string; readonly exitCode: ExitCode } {
  if (status === 0) {
    const hint = 'kubectl get nodes with the same kubeconfig tells more';
    return { hint, exitCode: exitCodes.dependencyMissing };
  }
  if (status === 401) {
    const hint = 'the cluster does not take the credentials of the kubeconfig: have they ended?';
    return { hint, exitCode: exitCodes.refused };
  }
  if (status === 403) {
    return { hint: 'the user of the kubeconfig needs that right', exitCode: exitCodes.refused };
  }
  return { exitCode: exitCodes.dependencyMissing };
}

/** The same with what was being done. */
export function clusterFailure(action: string, error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const { problem, hint, exitCode, status } = error;
  const words = status === 0 ? `the cluster does not answer: ${problem}` : problem;
  return new Failure(action, words, { exitCode, cause: error, ...(hint !== undefined && { hint }) });
}
