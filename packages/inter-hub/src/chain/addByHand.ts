import { type Actor, audit } from '../audit.ts';
import type { Db } from '../database/db.ts';

/** What somebody says comes next in the chain. */
export interface Given {
  readonly title: string;
  readonly text: string;
  readonly choice: string;
}

export interface FollowUp {
  /** The kind of record it adds. */
  readonly adds: string;
  /** Words of its form. */
  readonly button: string;
  readonly titleLabel: string;
  readonly textLabel?: string;
  readonly choice?: { readonly label: string; readonly options: readonly [string, ...string[]] };
  /** One statement: `$1` the record it follows, `$2` title, `$3` text, `$4` choice, `$5` who, `$6` when; gives the new id. */
  readonly sql: string;
}

const severities = { label: 'Severity', options: ['info', 'low', 'medium', 'high', 'critical'] } as const;
const annotates = {
  adds: 'annotation',
  button: 'Annotate',
  titleLabel: 'What did you see?',
  choice: severities,
} as const;

/** By the kind of the record that it follows. What follows a candidate or an approval is decided on pages of their own. */
export const followUps: Readonly<Record<string, FollowUp>> = {
  widget: {
    ...annotates,
    sql: `insert into annotations (hub_id, widget_id, author, body, severity, evidence, created_at)
          select hub_id, id, $5, $2, $4, jsonb_strip_nulls(jsonb_build_object('note', nullif($3, ''))), $6
          from widgets where id = $1 returning id`,
  },
  interaction: {
    ...annotates,
    sql: `insert into annotations (hub_id, widget_id, interaction_event_id, author, body, severity, evidence, stage, created_at)
          select hub_id, widget_id, id, $5, $2, $4, jsonb_strip_nulls(jsonb_build_object('note', nullif($3, ''))), stage, $6
          from interaction_events where id = $1 returning id`,
  },
  annotation: {
    adds: 'candidate',
    button: 'Open a candidate',
    titleLabel: 'What should be different?',
    textLabel: 'Details',
    choice: { ...severities, options: ['medium', 'low', 'high', 'critical', 'info'] },
    sql: `with made as (
            insert into requirement_candidates (hub_id, title, body, severity, last_seen_at, created_at)
            select hub_id, $2, $3, $4, $6, $6 from annotations where id = $1 and $5::text is not null returning id),
          tied as (insert into candidate_annotations (candidate_id, annotation_id) select id, $1 from made)
          select id from made`,
  },
  requirement: {
    adds: 'decision',
    button: 'Ask for a decision',
    titleLabel: 'What is to be decided?',
    textLabel: 'Reasons',
    sql: `insert into decision_records (hub_id, requirement_id, title, rationale, created_at)
          select hub_id, id, $2, $3, $6 from requirements
          where id = $1 and $4::text is not null and $5::text is not null returning id`,
  },
  deployment: {
    adds: 'outcome',
    button: 'Record the outcome',
    titleLabel: 'What came of it?',
    textLabel: 'What was expected',
    choice: { label: 'Verdict', options: ['met', 'improved', 'unchanged', 'regressed', 'unknown'] },
    sql: `insert into outcome_signals (hub_id, deployment_id, kind, verdict, summary, expectation, data, observed_at)
          select hub_id, id, 'observation', $4, $2, nullif($3, ''), jsonb_build_object('author', $5::text), $6
          from deployment_records where id = $1 returning id`,
  },
  outcome: {
    adds: 'learning',
    button: 'Keep what was learned',
    titleLabel: 'What was learned?',
    textLabel: 'What the cause was',
    sql: `insert into learnings (hub_id, outcome_id, title, cause, author, created_at)
          select hub_id, id, $2, nullif($3, ''), $5, $6 from outcome_signals
          where id = $1 and $4::text is not null returning id`,
  },
};

/** @returns the new record's id; undefined where the one that it follows does not exist */
export async function addFollowUp(
  db: Db,
  followUp: FollowUp,
  id: string,
  { title, text, choice }: Given,
  actor: Actor,
  now: Date,
): Promise<string | undefined> {
  const [row] = await db.query<{ id: string }>(followUp.sql, [id, title, text, choice, actor.name, now]);
  if (row) await audit(db, actor, `${followUp.adds}.create`, row.id, { after: id });
  return row?.id;
}

export interface RecordName {
  readonly kind: string;
  readonly id: string;
}

/** Ties two records that nothing else ties. */
export async function linkByHand(
  db: Db,
  from: RecordName,
  to: RecordName,
  relation: string,
  actor: Actor,
): Promise<void> {
  await db.query(
    `insert into record_links (from_kind, from_id, to_kind, to_id, relation, author) values ($1, $2, $3, $4, $5, $6)
     on conflict do nothing`,
    [from.kind, from.id, to.kind, to.id, relation, actor.name],
  );
  await audit(db, actor, 'link.create', `${from.kind}/${from.id}`, { to: `${to.kind}/${to.id}`, relation });
}
