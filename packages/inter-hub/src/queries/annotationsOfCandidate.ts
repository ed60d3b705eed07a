import type { Db } from '../database/db.ts';

export interface AnnotationRow {
  readonly id: string;
  readonly kind: string;
  readonly severity: string;
  readonly author: string;
  readonly body: string;
  readonly stage: string | null;
  readonly evidence: Record<string, unknown>;
  readonly widget: string | null;
  readonly correlation_id: string | null;
  readonly created_at: Date;
}

/** The newest annotations of a candidate. */
export function annotationsOfCandidate(db: Db, id: string): Promise<AnnotationRow[]> {
  return db.query<AnnotationRow>(
    `select a.id, a.kind, a.severity, a.author, a.body, a.stage, a.evidence, w.name as widget, i.correlation_id, a.created_at
     from candidate_annotations ca join annotations a on a.id = ca.annotation_id
     left join widgets w on w.id = a.widget_id left join interaction_events i on i.id = a.interaction_event_id
     where ca.candidate_id = $1 order by a.seq desc limit 50`,
    [id],
  );
}
