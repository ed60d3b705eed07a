import type { Db } from '../database/db.ts';
import { ensureHub } from '../queries/ensureHub.ts';
import type { GatheredInteractions, Interaction } from './interactions.ts';

export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical';

export interface WidgetName {
  readonly slug: string;
  readonly name: string;
  readonly kind: string;
}

export interface Trouble {
  readonly kind: 'failure' | 'regression' | 'gate';
  readonly severity: Severity;
  readonly author: string;
  readonly title: string;
  readonly body: string;
  readonly stage: string | null;
  /** What two troubles share that are the same: the step or check, and the cause. */
  readonly sameness: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** Writes links of the chain for one hub, in the transaction of the caller. */
export interface Chain {
  readonly hubId: string;
  readonly db: Db;
  widget(name: WidgetName): Promise<string>;
  /** @returns its id; it is written no later than the next thing asked of `db` */
  interaction(widgetId: string, interaction: Interaction): string;
  /** Annotates an interaction and adds it to the open candidate of the same trouble, or opens one. */
  trouble(widgetId: string, interactionId: string, trouble: Trouble): Promise<void>;
}

/** What the events of one transaction share: ids found before, and interactions not written yet. */
export interface Together {
  readonly names: Map<string, string>;
  readonly interactions: GatheredInteractions;
}

export async function openChain(hub: string, { names, interactions }: Together): Promise<Chain> {
  const { db } = interactions;
  const hubId = await memo(names, `hub ${hub}`, () => ensureHub(db, hub));
  return {
    hubId,
    db,
    widget: (name) => memo(names, `widget ${hub} ${name.slug}`, () => ensureWidget(db, hubId, name)),
    interaction: (widgetId, interaction) => interactions.add(hubId, widgetId, interaction),
    trouble: (widgetId, interactionId, trouble) => addTrouble(db, hubId, widgetId, interactionId, trouble),
  };
}

async function memo(remembered: Map<string, string>, name: string, make: () => Promise<string>): Promise<string> {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const made = await make();
  remembered.set(name, made);
  return made;
}

async function ensureWidget(db: Db, hubId: string, { slug, name, kind }: WidgetName): Promise<string> {
  const [row] = await db.query<{ id: string }>(
    `insert into widgets (hub_id, slug, name, kind) values ($1, $2, $3, $4)
     on conflict (hub_id, slug) do update set name = excluded.name returning id`,
    [hubId, slug, name, kind],
  );
  return row?.id ?? '';
}

/** How much one occurrence counts in triage. */
const weights: Readonly<Record<Severity, number>> = { info: 1, low: 1, medium: 2, high: 4, critical: 8 };

async function addTrouble(
  db: Db,
  hubId: string,
  widgetId: string,
  interactionId: string,
  trouble: Trouble,
): Promise<void> {
  const fingerprint = fingerprintOf(trouble.sameness);
  const [annotation] = await db.query<{ id: string }>(
    `insert into annotations (hub_id, widget_id, interaction_event_id, kind, severity, author, body, fingerprint, stage, evidence)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id`,
    [
      hubId,
      widgetId,
      interactionId,
      trouble.kind,
      trouble.severity,
      trouble.author,
      trouble.body,
      fingerprint,
      trouble.stage,
      trouble.evidence,
    ],
  );
  const [candidate] = await db.query<{ id: string }>(
    `insert into requirement_candidates as c (hub_id, title, body, fingerprint, severity, weight)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (hub_id, fingerprint) where status = 'open'
     do update set occurrences = c.occurrences + 1, weight = c.weight + excluded.weight, last_seen_at = now()
     returning id`,
    [hubId, trouble.title, trouble.body, fingerprint, trouble.severity, weights[trouble.severity]],
  );
  await db.query('insert into candidate_annotations (candidate_id, annotation_id) values ($1, $2)', [
    candidate?.id,
    annotation?.id,
  ]);
}

/** Numbers, ids and addresses differ from time to time where the trouble is the same. */
export function fingerprintOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/\b[0-9a-f]{7,}\b/g, '#')
    .replaceAll(/\d+/g, '#')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 200);
}
