import type { ApiKey } from './keyStore.ts';
import { Problem } from './problem.ts';

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
const mostBuckets = 10_000;

/** Requests a key may still make: a token bucket a minute long, and a count for the day (UTC). */
export interface Limits {
  /** @throws Problem 429 with Retry-After */
  take(key: ApiKey): void;
  /** Tells what the database has counted today, by key: all instances together. */
  counted(today: ReadonlyMap<string, number>): void;
}

export function createLimits(clock: () => Date): Limits {
  const buckets = new Map<string, Bucket>();
  let used = new Map<string, number>();
  let day = 0;
  return {
    take: (key) => {
      const nowMs = clock().getTime();
      const today = Math.floor(nowMs / dayMs);
      if (today !== day) {
        day = today;
        used = new Map();
      }
      const count = used.get(key.id) ?? 0;
      if (count >= key.dailyQuota) {
        const seconds = Math.ceil(((today + 1) * dayMs - nowMs) / 1000);
        throw tooMany('quota_used_up', `${key.dailyQuota} requests a day`, seconds);
      }
      const bucket = buckets.get(key.id) ?? { tokens: key.ratePerMinute, filledAtMs: nowMs };
      const filled = bucket.tokens + ((nowMs - bucket.filledAtMs) * key.ratePerMinute) / minuteMs;
      bucket.tokens = Math.min(key.ratePerMinute, filled);
      bucket.filledAtMs = nowMs;
      if (buckets.size >= mostBuckets) buckets.clear();
      buckets.set(key.id, bucket);
      if (bucket.tokens < 1) {
        const seconds = Math.ceil(((1 - bucket.tokens) * minuteMs) / key.ratePerMinute / 1000);
        throw tooMany('too_many_requests', `${key.ratePerMinute} requests a minute`, seconds);
      }
      bucket.tokens -= 1;
      used.set(key.id, count + 1);
    },
    counted: (today) => {
      for (const [id, count] of today) used.set(id, Math.max(count, used.get(id) ?? 0));
    },
  };
}

function tooMany(error: string, limit: string, seconds: number): Problem {
  return new Problem(429, error, `This key may make ${limit}.`, `Wait ${seconds} s, or ask for a higher limit.`, {
    headers: { 'Retry-After': String(seconds) },
  });
}
