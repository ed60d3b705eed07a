import type { Chain } from '../chain/chain.ts';
import { addDeployment } from '../chain/deployment.ts';
import { finishRun, startRun } from '../chain/run.ts';
import { digestOf, isCdEvent, outcomeOf, readCdEvent, tagOf } from './cdEvent.ts';
import { defineMapping } from './mapping.ts';

/** A run of a pipeline: its begin and end; a bad end opens an annotated failure. */
export const pipelineRun = defineMapping({
  name: 'pipeline run',
  matches: (type) => isCdEvent(type, 'pipelinerun', 'queued', 'started', 'finished'),
  apply: async (event, chain) => {
    const told = readCdEvent(event);
    const name = told.content.pipelineName ?? 'pipeline';
    const runId = told.runId ?? event.event_id;
    const { stage, at, predicate, custom, content } = told;
    const widgetId = await chain.widget({
      slug: `pipeline-${name}`.slice(0, 100),
      name: `Pipeline ${name}`,
      kind: 'pipeline',
    });
    const common = { actor: event.author, correlationId: runId, stage, occurredAt: at, eventSeq: event.seq };
    if (predicate !== 'finished') {
      await startRun(chain, {
        runId,
        stage,
        name: custom.command ?? name,
        author: event.author,
        url: content.uri ?? null,
        at,
      });
      const summary = event.summary ?? `${name} ${predicate}`;
      const data = { predicate };
      chain.interaction(widgetId, { ...common, kind: 'run', outcome: null, summary, durationMs: null, data });
      return;
    }
    const outcome = outcomeOf(content.outcome);
    const status = custom.status === 'rolled_back' ? 'rolled_back' : statuses[outcome];
    const cause = content.errors ?? custom.cause ?? null;
    const run = { runId, stage, name: custom.command ?? name, author: event.author, status, cause, at } as const;
    const durationMs = await finishRun(chain, run);
    const summary = event.summary ?? `${name} ${status.replace('_', ' ')}${cause ? `: ${cause}` : ''}`;
    const interactionId = chain.interaction(widgetId, {
      ...common,
      kind: 'run',
      outcome,
      summary,
      durationMs: custom.duration_ms ?? durationMs,
      data: { status, cause },
    });
    if (outcome !== 'failure' && outcome !== 'error') return;
    // A run that fails by its smoke test has one trouble, not two.
    if (cause === null || !(await isToldOf(chain, runId, cause))) {
      await chain.trouble(widgetId, interactionId, {
        kind: 'failure',
        severity: stage === 'production' ? 'high' : 'medium',
        author: event.source,
        title: `${name}${stage ? ` on ${stage}` : ''} fails: ${cause ?? 'no cause given'}`.slice(0, 300),
        body: cause ?? summary,
        stage,
        sameness: `${stage ?? ''} ${cause ?? name}`,
        evidence: custom.evidence ?? {},
      });
    }
    const digest = digestOf(told);
    const deploys = custom.command === 'deploy' || custom.command === 'promote';
    if (!deploys || stage === null || digest === null) return;
    const kind = custom.command === 'promote' ? 'promotion' : 'deploy';
    await addDeployment(chain, {
      stage,
      kind,
      status: status === 'rolled_back' ? 'rolled_back' : 'failed',
      digest,
      tag: tagOf(told),
      runId,
      at,
      widgetId,
    });
  },
});

/** Whether a check of this run gave the same reason already. */
async function isToldOf({ db, hubId }: Chain, runId: string, cause: string): Promise<boolean> {
  const found = await db.query(
    `select 1 from interaction_events i join annotations a on a.interaction_event_id = i.id
     where i.hub_id = $1 and i.correlation_id = $2 and a.body = $3 limit 1`,
    [hubId, runId, cause],
  );
  return found.length > 0;
}

const statuses = { success: 'succeeded', failure: 'failed', error: 'errored', skipped: 'failed' } as const;
