/** One deployment to production, as the four measures see it. Times in milliseconds since 1970. */
export interface Delivery {
  readonly kind: 'deploy' | 'promotion' | 'rollback';
  readonly finishedMs: number;
  readonly committedMs: number | null;
  /** It failed, was rolled back, or made something worse. */
  readonly failed: boolean;
  /** When that was seen, and when the stage was good again. */
  readonly brokenMs: number | null;
  readonly restoredMs: number | null;
}

export interface Measure {
  /** Per day, milliseconds, or a share; null without anything to measure. */
  readonly value: number | null;
  /** How many it is made of. */
  readonly n: number;
}

export interface Measures {
  /** Median of deployments a day; days without any count. */
  readonly frequency: Measure;
  readonly leadTime: Measure;
  readonly failureRate: Measure;
  readonly timeToRestore: Measure;
}

export type Rating = 'elite' | 'high' | 'medium' | 'low';

const dayMs = 86_400_000;
/** Fewer than this say too little to be rated. */
export const fewestForRating = 5;

/** The four measures over the days from `fromMs` to `toMs`. Rollbacks are not deployments of something new. */
export function measure(deliveries: readonly Delivery[], fromMs: number, toMs: number): Measures {
  const own = deliveries.filter(
    ({ kind, finishedMs }) => kind !== 'rollback' && finishedMs >= fromMs && finishedMs < toMs,
  );
  const days = Math.max(1, Math.round((toMs - fromMs) / dayMs));
  const perDay = Array.from({ length: days }, () => 0);
  for (const { finishedMs } of own) {
    const day = Math.min(days - 1, Math.floor((finishedMs - fromMs) / dayMs));
    perDay[day] = (perDay[day] ?? 0) + 1;
  }
  const leads = own.flatMap(({ committedMs, finishedMs }) => (committedMs === null ? [] : [finishedMs - committedMs]));
  const repairs = own.flatMap(({ brokenMs, restoredMs }) =>
    brokenMs === null || restoredMs === null ? [] : [restoredMs - brokenMs],
  );
  const failures = own.filter(({ failed }) => failed).length;
  return {
    frequency: { value: own.length === 0 ? null : median(perDay), n: own.length },
    leadTime: { value: median(leads), n: leads.length },
    failureRate: { value: own.length === 0 ? null : failures / own.length, n: own.length },
    timeToRestore: { value: median(repairs), n: repairs.length },
  };
}

export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** Best value of each level but the last; the DORA report's of 2023. */
const levels: Readonly<Record<keyof Measures, readonly [number, number, number]>> = {
  frequency: [1, 1 / 7, 1 / 30],
  leadTime: [dayMs, 7 * dayMs, 30 * dayMs],
  failureRate: [0.05, 0.1, 0.15],
  timeToRestore: [3_600_000, dayMs, 7 * dayMs],
};

/** None for fewer than five. */
export function rate(name: keyof Measures, { value, n }: Measure): Rating | undefined {
  if (value === null || n < fewestForRating) return undefined;
  const reaches = (limit: number) => (name === 'frequency' ? value >= limit : value <= limit);
  const level = levels[name].findIndex(reaches);
  return (['elite', 'high', 'medium'] as const)[level] ?? 'low';
}
