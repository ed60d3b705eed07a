import type { Db } from '../database/db.ts';

export interface FlakyRow {
  readonly hub: string;
  readonly stage: string | null;
  readonly check: string;
  readonly digest: string;
  readonly passed: number;
  readonly failed: number;
}

/** Checks that said both yes and no of the same digest on the same stage since `from`. */
export function flakyChecks(db: Db, hub: string | undefined, from: Date): Promise<FlakyRow[]> {
  return db.query<FlakyRow>(
    `select h.slug as hub, i.stage, i.data ->> 'suite' as check, i.data ->> 'digest' as digest,
            count(*) filter (where i.outcome = 'success') as passed,
            count(*) filter (where i.outcome in ('failure', 'error')) as failed
     from interaction_events i join hubs h on h.id = i.hub_id
     where i.kind = 'check' and i.occurred_at >= $2 and i.data ->> 'digest' is not null
       and ($1::text is null or h.slug = $1)
     group by 1, 2, 3, 4
     having count(*) filter (where i.outcome = 'success') > 0 and count(*) filter (where i.outcome in ('failure', 'error')) > 0
     order by 6 desc, 1 limit 50`,
    [hub ?? null, from],
  );
}
