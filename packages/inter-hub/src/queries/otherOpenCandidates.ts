import type { Db } from '../database/db.ts';

/** Open candidates of the same hub: what one may be merged into. */
export function otherOpenCandidates(db: Db, id: string): Promise<{ id: string; title: string }[]> {
  return db.query(
    `select o.id, o.title from requirement_candidates c
     join requirement_candidates o on o.hub_id = c.hub_id and o.id <> c.id and o.status = 'open'
     where c.id = $1 order by o.weight desc limit 50`,
    [id],
  );
}
