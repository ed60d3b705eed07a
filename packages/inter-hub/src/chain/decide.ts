import { type Actor, audit } from '../audit.ts';
import type { Db } from '../database/db.ts';
import { recordEvent } from '../ingest/recordEvent.ts';

export interface Decision {
  readonly verdict: 'accepted' | 'rejected';
  /** Added to the reasons it was asked with; empty for none. */
  readonly rationale: string;
}

/** Decides what was pending, once and for good. @returns false where it does not wait any more */
export async function decide(db: Db, id: string, decision: Decision, actor: Actor, now: Date): Promise<boolean> {
  const [row] = await db.query<{ hub: string; title: string; stage: string | null; digest: string | null }>(
    `update decision_records d set status = $2, decided_by = $3, decided_at = $4,
            rationale = concat_ws(E'\\n\\n', nullif(d.rationale, ''), nullif($5, ''))
     from hubs h where h.id = d.hub_id and d.id = $1 and d.status = 'pending'
     returning h.slug as hub, d.title, d.stage, d.digest`,
    [id, decision.verdict, actor.name, now, decision.rationale],
  );
  if (!row) return false;
  const { hub, title, stage, digest } = row;
  await audit(db, actor, `decision.${decision.verdict}`, id, { hub, stage, digest });
  const event = {
    type: `inter-hub.decision.${decision.verdict}`,
    subject: `decisions/${id}`,
    hub,
    ...(stage !== null && { stage }),
    author: actor.name,
    summary: `${actor.name} ${decision.verdict} “${title}”`,
    data: { decision: id, digest },
  };
  await recordEvent(db, event, now);
  return true;
}
