const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** After each attempt that failed, as Standard Webhooks proposes; three days in all. */
const delaysMs = [5000, 5 * minuteMs, 30 * minuteMs, 2 * hourMs, 5 * hourMs, 10 * hourMs, 14 * hourMs, 20 * hourMs];
delaysMs.push(24 * hourMs);
const longestAskedMs = 24 * hourMs;

export const mostAttempts = delaysMs.length + 1;

/**
 * How long to wait before the next attempt; undefined after the last.
 * @param retryAfter what the receiver asked for, which counts where it is longer
 * @param chance from 0 to 1: those that failed together do not come again together
 */
export function delayMs(
  attempts: number,
  retryAfter: string | undefined,
  now: Date,
  chance: number,
): number | undefined {
  const planned = delaysMs[attempts - 1];
  if (planned === undefined) return undefined;
  return Math.max(planned * (1 + 0.2 * chance), Math.min(askedMs(retryAfter, now), longestAskedMs));
}

function askedMs(retryAfter: string | undefined, now: Date): number {
  if (retryAfter === undefined) return 0;
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? 0 : at - now.getTime();
}
