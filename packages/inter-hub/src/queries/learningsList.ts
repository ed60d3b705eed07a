import type { Db } from '../database/db.ts';

export interface LearningRow {
  readonly id: string;
  readonly hub: string;
  readonly title: string;
  readonly body: string;
  readonly cause: string | null;
  readonly tags: readonly string[];
  readonly author: string;
  readonly created_at: Date;
}

/** What was learned, newest first; `words` are looked for in title, text and cause. */
export function learningsList(db: Db, hub: string | undefined, words: string | undefined): Promise<LearningRow[]> {
  return db.query<LearningRow>(
    `select l.id, h.slug as hub, l.title, l.body, l.cause, l.tags, l.author, l.created_at
     from learnings l join hubs h on h.id = l.hub_id
     where ($1::text is null or h.slug = $1) and ($2::text is null or
       to_tsvector('simple', concat_ws(' ', l.title, l.body, l.cause)) @@ websearch_to_tsquery('simple', $2))
     order by l.seq desc limit 100`,
    [hub ?? null, words ?? null],
  );
}
