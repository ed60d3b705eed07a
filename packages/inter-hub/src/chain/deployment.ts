import type { Chain } from './chain.ts';

export type DeploymentKind = 'deploy' | 'promotion' | 'rollback';

export interface NewDeployment {
  readonly stage: string;
  readonly kind: DeploymentKind;
  readonly status: 'succeeded' | 'failed' | 'rolled_back';
  readonly digest: string | null;
  readonly tag: string | null;
  readonly runId: string | null;
  readonly at: Date;
  readonly widgetId: string;
  readonly interactionId?: string;
  readonly release?: number | null;
  readonly commit?: string | null;
  readonly committedAt?: string | null;
  readonly startedAt?: string | null;
  readonly url?: string | null;
}

/** Records a deployment, with the decision that allowed it before and what the run's checks said of it after. */
export async function addDeployment(chain: Chain, added: NewDeployment): Promise<void> {
  const { db, hubId } = chain;
  if (added.kind === 'rollback') await undone(chain, added);
  const [row] = await db.query<{ id: string }>(
    `insert into deployment_records (hub_id, stage, release, kind, digest, tag, commit_sha, committed_at, status, run_id,
       url, started_at, finished_at, decision_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
       (select id from decision_records where hub_id = $1 and stage = $2 and digest = $5 and status = 'accepted'
        order by seq desc limit 1)) returning id`,
    [
      hubId,
      added.stage,
      added.release ?? null,
      added.kind,
      added.digest,
      added.tag,
      added.commit ?? null,
      added.committedAt ?? null,
      added.status,
      added.runId,
      added.url ?? null,
      added.startedAt ?? null,
      added.at,
    ],
  );
  const deploymentId = row?.id ?? '';
  await outcomesOfRun(chain, deploymentId, added.runId);
  if (added.interactionId !== undefined) {
    await link(chain, ['interaction', added.interactionId], ['deployment', deploymentId], 'recorded');
  }
  if (added.status === 'succeeded') await answersCandidates(chain, added.stage, deploymentId);
}

/** The deployment that a rollback takes back has failed, whatever was thought of it before. */
async function undone(chain: Chain, { stage, digest, at }: NewDeployment): Promise<void> {
  const [bad] = await chain.db.query<{ id: string; tag: string | null }>(
    `update deployment_records set status = 'rolled_back'
     where id = (select id from deployment_records where hub_id = $1 and stage = $2 and status = 'succeeded'
                 order by seq desc limit 1) and digest is distinct from $3 returning id, tag`,
    [chain.hubId, stage, digest],
  );
  if (!bad) return;
  const summary = `${bad.tag ?? 'This release'} was rolled back`;
  await addOutcome(chain, { deploymentId: bad.id, kind: 'rollback', verdict: 'regressed', summary, at });
}

/** Smoke tests run before a release is called deployed: what they said is found by the run's id. */
async function outcomesOfRun(chain: Chain, deploymentId: string, runId: string | null): Promise<void> {
  if (runId === null) return;
  await chain.db.query(
    `insert into outcome_signals (hub_id, deployment_id, kind, verdict, summary, observed_at)
     select hub_id, $1, coalesce(data ->> 'suite', 'checks'),
            case outcome when 'success' then 'met' when 'failure' then 'regressed' else 'unknown' end, summary, occurred_at
     from interaction_events
     where hub_id = $2 and correlation_id = $3 and kind = 'check' and data ->> 'suite' is distinct from 'gate'
     order by seq`,
    [deploymentId, chain.hubId, runId],
  );
}

/** Which deployment came after a candidate was seen is a fact; whether it mended it is for a person to say. */
async function answersCandidates(chain: Chain, stage: string, deploymentId: string): Promise<void> {
  await chain.db.query(
    `insert into record_links (from_kind, from_id, to_kind, to_id, relation, author)
     select distinct 'candidate', c.id, 'deployment', $3::uuid, 'followed by', 'inter-hub'
     from requirement_candidates c
     join candidate_annotations ca on ca.candidate_id = c.id
     join annotations a on a.id = ca.annotation_id and a.stage = $2
     where c.hub_id = $1 and c.status = 'open'
       and not exists (select 1 from record_links l where l.from_kind = 'candidate' and l.from_id = c.id
                       and l.to_kind = 'deployment' and l.created_at > c.last_seen_at)
     on conflict do nothing`,
    [chain.hubId, stage, deploymentId],
  );
}

export interface NewOutcome {
  readonly deploymentId: string;
  readonly kind: string;
  readonly verdict: 'improved' | 'met' | 'unchanged' | 'regressed' | 'unknown';
  readonly summary: string;
  readonly at: Date;
}

export async function addOutcome({ db, hubId }: Chain, outcome: NewOutcome): Promise<string> {
  const [row] = await db.query<{ id: string }>(
    `insert into outcome_signals (hub_id, deployment_id, kind, verdict, summary, observed_at)
     values ($1, $2, $3, $4, $5, $6) returning id`,
    [hubId, outcome.deploymentId, outcome.kind, outcome.verdict, outcome.summary, outcome.at],
  );
  return row?.id ?? '';
}

/** The deployment of a run; without a run, the one that is on the stage now. */
export async function deploymentOf(chain: Chain, stage: string, runId: string | null): Promise<string | undefined> {
  const [row] = await chain.db.query<{ id: string }>(
    runId === null
      ? `select id from deployment_records where hub_id = $1 and stage = $2 and status = 'succeeded' and $3::text is null
         order by seq desc limit 1`
      : 'select id from deployment_records where hub_id = $1 and stage = $2 and run_id = $3 order by seq desc limit 1',
    [chain.hubId, stage, runId],
  );
  return row?.id;
}

export interface NewLearning {
  readonly outcomeId: string;
  readonly title: string;
  readonly cause: string;
  readonly author: string;
}

export async function addLearning({ db, hubId }: Chain, learning: NewLearning): Promise<void> {
  await db.query('insert into learnings (hub_id, outcome_id, title, cause, author) values ($1, $2, $3, $4, $5)', [
    hubId,
    learning.outcomeId,
    learning.title,
    learning.cause,
    learning.author,
  ]);
}

async function link(
  chain: Chain,
  [fromKind, fromId]: readonly [string, string],
  [toKind, toId]: readonly [string, string],
  relation: string,
): Promise<void> {
  await chain.db.query(
    `insert into record_links (from_kind, from_id, to_kind, to_id, relation, author)
     values ($1, $2, $3, $4, $5, 'inter-hub') on conflict do nothing`,
    [fromKind, fromId, toKind, toId, relation],
  );
}
