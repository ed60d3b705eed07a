import type { Db } from '../database/db.ts';

export interface VerdictRow {
  readonly hub: string;
  readonly improved: number;
  readonly met: number;
  readonly unchanged: number;
  readonly regressed: number;
  readonly unknown: number;
}

/** Outcomes since `from` by hub, those with most regressions first. */
export function outcomesByVerdict(db: Db, hub: string | undefined, from: Date): Promise<VerdictRow[]> {
  const counted = (verdict: string) => `count(*) filter (where o.verdict = '${verdict}') as ${verdict}`;
  const columns = ['improved', 'met', 'unchanged', 'regressed', 'unknown'].map(counted).join(', ');
  return db.query<VerdictRow>(
    `select h.slug as hub, ${columns} from outcome_signals o join hubs h on h.id = o.hub_id
     where o.observed_at >= $2 and ($1::text is null or h.slug = $1) group by 1 order by regressed desc, 1 limit 100`,
    [hub ?? null, from],
  );
}
