const firstMs = 100;
const longestMs = 30_000;

/** An instance that served this long before it crashed starts again at the shortest wait. */
export const stableMs = 60_000;

/** Wait before the next start, after `crashes` crashes in a row: 0.1 s, 0.2 s, 0.4 s … 30 s. */
export function backoffMs(crashes: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(Math.max(crashes - 1, 0), 20));
}
