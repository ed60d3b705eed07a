/** How often and how patiently a request is repeated. */
export interface RetryPolicy {
  /** Including the first one. */
  readonly attempts: number;
  readonly firstDelayMs: number;
  /** No wait is longer, whatever the registry asks for. */
  readonly maxDelayMs: number;
}

export const defaultRetry: RetryPolicy = { attempts: 5, firstDelayMs: 200, maxDelayMs: 30_000 };

/** Statuses that may be gone the next time. 507 is not among them: a full disk stays full. */
const passing = new Set([408, 429, 500, 502, 503, 504]);

export function isPassing(status: number): boolean {
  return passing.has(status);
}

/**
 * Milliseconds to wait before attempt `attempt` (the first repetition is 1): what `Retry-After` asks for, else a backoff
 * with jitter. Nonsense in the header counts as if it were not there.
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function delayBefore(
  attempt: number,
  retryAfter: string | undefined,
  policy: RetryPolicy = defaultRetry,
  nowMs = Date.now(),
): number {
  const asked = retryAfter === undefined ? undefined : askedDelayMs(retryAfter.trim(), nowMs);
  if (asked !== undefined) return Math.min(asked, policy.maxDelayMs);
  const backoff = policy.firstDelayMs * 2 ** (attempt - 1);
  return Math.min(backoff * (0.75 + Math.random() / 2), policy.maxDelayMs);
}

function askedDelayMs(header: string, nowMs: number): number | undefined {
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  // A negative number would be taken for a year.
  const dateMs = /^[A-Z][a-z]{2},? /.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(dateMs) || dateMs < nowMs ? undefined : dateMs - nowMs;
}
