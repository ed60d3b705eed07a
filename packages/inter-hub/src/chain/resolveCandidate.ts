import { type Actor, audit } from '../audit.ts';
import type { Db } from '../database/db.ts';

export type Resolution =
  | { readonly to: 'accepted' }
  | { readonly to: 'rejected'; readonly reason: string }
  | { readonly to: 'merged'; readonly into: string }
  | { readonly to: 'routed'; readonly hub: string };

/** Moves an open candidate on. Accepted, it becomes a requirement; routed, the other hub gets one of its own. */
export async function resolveCandidate(
  db: Db,
  id: string,
  resolution: Resolution,
  actor: Actor,
  now: Date,
): Promise<boolean> {
  const [row] = await db.query<{ hub_id: string; title: string; body: string; weight: number; occurrences: number }>(
    `update requirement_candidates set status = $2, resolved_by = $3, resolved_at = $4, resolution = $5
     where id = $1 and status = 'open' returning hub_id, title, body, weight, occurrences`,
    [id, resolution.to, actor.name, now, resolution.to === 'rejected' ? resolution.reason : null],
  );
  if (!row) return false;
  if (resolution.to === 'accepted') {
    await db.query(`insert into requirements (hub_id, candidate_id, title, body) values ($1, $2, $3, $4)`, [
      row.hub_id,
      id,
      row.title,
      row.body,
    ]);
  }
  if (resolution.to === 'merged') await merge(db, id, resolution.into, row);
  if (resolution.to === 'routed') await route(db, id, resolution.hub, actor);
  await audit(db, actor, `candidate.${resolution.to}`, id, { ...resolution });
  return true;
}

async function merge(
  db: Db,
  id: string,
  into: string,
  { hub_id, weight, occurrences }: { hub_id: string; weight: number; occurrences: number },
): Promise<void> {
  const found = await db.query(
    `update requirement_candidates set weight = weight + $3, occurrences = occurrences + $4
     where id = $1 and hub_id = $2 and status = 'open' and id <> $5 returning id`,
    [into, hub_id, weight, occurrences, id],
  );
  if (found.length === 0) throw Object.assign(new Error('no such open candidate in this hub'), { code: '23503' });
  await db.query('update requirement_candidates set merged_into = $2 where id = $1', [id, into]);
}

async function route(db: Db, id: string, hub: string, actor: Actor): Promise<void> {
  const [made] = await db.query<{ id: string }>(
    `insert into requirement_candidates (hub_id, title, body, severity, weight, occurrences)
     select h.id, c.title, c.body, c.severity, c.weight, c.occurrences
     from requirement_candidates c, hubs h where c.id = $1 and h.slug = $2 and h.id <> c.hub_id returning id`,
    [id, hub],
  );
  if (!made) throw Object.assign(new Error('no such other hub'), { code: '23503' });
  await db.query(
    `insert into record_links (from_kind, from_id, to_kind, to_id, relation, author)
     values ('candidate', $1, 'candidate', $2, 'routed to', $3)`,
    [id, made.id, actor.name],
  );
}
