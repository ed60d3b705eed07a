/** What weighs on a hub over a span of time. */
export interface Burden {
  readonly annotations: number;
  readonly errors: number;
  readonly regressed: number;
  readonly staleCandidates: number;
}

/** How hard a hub is to work with, 0 to 100. */
export function friction({ annotations, errors, regressed, staleCandidates }: Burden): number {
  return Math.min(100, 5 * annotations + 10 * errors + 20 * regressed + 8 * staleCandidates);
}

/** Bands at 20, 40 and 60. */
export function frictionBand(value: number): 0 | 1 | 2 | 3 {
  if (value >= 60) return 3;
  if (value >= 40) return 2;
  return value >= 20 ? 1 : 0;
}

export interface Backlog {
  readonly openCandidates: number;
  readonly regressed: number;
  readonly staleDecisions: number;
  readonly criticalBottlenecks: number;
  readonly highBottlenecks: number;
}

/** 100 is a hub with nothing open. */
export function health(backlog: Backlog): number {
  const lost =
    5 * backlog.openCandidates +
    10 * backlog.regressed +
    8 * backlog.staleDecisions +
    12 * backlog.criticalBottlenecks +
    6 * backlog.highBottlenecks;
  return Math.max(0, 100 - lost);
}

/** Days after which something that waits is a bottleneck. */
export const bottleneckDays = { candidate: 30, requirement: 60, decision: 30, deployment: 14 } as const;

/** Twice the time makes it critical. */
export function bottleneckSeverity(ageDays: number, limitDays: number): 'critical' | 'high' | undefined {
  if (ageDays >= 2 * limitDays) return 'critical';
  return ageDays >= limitDays ? 'high' : undefined;
}
