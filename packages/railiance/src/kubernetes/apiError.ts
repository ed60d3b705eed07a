import { exitCodes, Failure } from '../domain/failure.ts';

/** What the API server says where it refuses: its Status object. */
export interface StatusBody {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly retryAfterSeconds?: number };
}

/** An answer of the API server other than the one that was asked for; status 0 where none came. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status; 0: the server could not be reached. */
  readonly status: number;
  /** The server's own word, e.g. `Conflict`, `AlreadyExists`, `Forbidden`. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
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

/** The words of an API error for a person, with the next thing to do. */
export function clusterFailure(action: string, error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const { status } = error;
  if (status === 0) {
    return new Failure(action, `the cluster does not answer: ${error.message}`, {
      hint: 'kubectl get nodes with the same kubeconfig tells more',
      exitCode: exitCodes.dependencyMissing,
      cause: error,
    });
  }
  if (status === 401 || status === 403) {
    return new Failure(action, `the cluster refuses it: ${error.message}`, {
      hint: 'the user of the kubeconfig needs that right',
      exitCode: exitCodes.refused,
      cause: error,
    });
  }
  return new Failure(action, error.message, { exitCode: exitCodes.dependencyMissing, cause: error });
}
