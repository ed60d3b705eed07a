import { addLearning, addOutcome, deploymentOf } from '../chain/deployment.ts';
import { isCdEvent, readCdEvent } from './cdEvent.ts';
import { defineMapping } from './mapping.ts';

/** Trouble in production, and its end. */
export const incident = defineMapping({
  name: 'incident',
  matches: (type) => isCdEvent(type, 'incident', 'detected', 'reported', 'resolved'),
  apply: async (event, chain) => {
    const told = readCdEvent(event);
    const { content, custom, runId, at, predicate, subjectId } = told;
    const stage = told.stage ?? 'production';
    const resolved = predicate === 'resolved';
    const words = content.description ?? event.summary ?? 'incident';
    const widgetId = await chain.widget({
      slug: `stage-${stage}`,
      name: `${event.hub ?? 'App'} on ${stage}`,
      kind: 'app-stage',
    });
    const interactionId = chain.interaction(widgetId, {
      kind: 'incident',
      outcome: resolved ? 'success' : 'failure',
      actor: event.author,
      summary: `Incident ${predicate}: ${words}`,
      correlationId: subjectId ?? runId,
      stage,
      durationMs: null,
      occurredAt: at,
      eventSeq: event.seq,
      data: {},
    });
    if (!resolved) {
      await chain.trouble(widgetId, interactionId, {
        kind: 'regression',
        severity: 'critical',
        author: event.source,
        title: `Incident on ${stage}: ${words}`.slice(0, 300),
        body: words,
        stage,
        sameness: `incident ${stage} ${words}`,
        evidence: custom.evidence ?? {},
      });
    }
    const deploymentId = await deploymentOf(chain, stage, null);
    if (deploymentId === undefined) return;
    const verdict = resolved ? 'improved' : 'regressed';
    const outcomeId = await addOutcome(chain, { deploymentId, kind: 'incident', verdict, summary: words, at });
    const cause = custom.cause;
    if (!resolved || cause === undefined) return;
    await addLearning(chain, { outcomeId, title: custom.lesson ?? cause, cause, author: event.author ?? event.source });
  },
});
