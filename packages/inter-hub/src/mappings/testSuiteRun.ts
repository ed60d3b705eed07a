import { addOutcome, deploymentOf } from '../chain/deployment.ts';
import { isCdEvent, outcomeOf, readCdEvent } from './cdEvent.ts';
import { defineMapping } from './mapping.ts';

/** Checks: a gate, a smoke test, an observation window. What they say is the outcome of the deployment they looked at. */
export const testSuiteRun = defineMapping({
  name: 'test suite run',
  matches: (type) => isCdEvent(type, 'testsuiterun', 'queued', 'started', 'finished'),
  apply: async (event, chain) => {
    const { content, custom, stage, runId, at, predicate } = readCdEvent(event);
    // Its end says all there is to keep.
    if (predicate !== 'finished') return;
    const suite = content.testSuite?.name ?? content.testSuite?.id ?? custom.suite ?? 'checks';
    const outcome = outcomeOf(content.outcome);
    const isGate = custom.suite === 'gate' || suite === 'gate';
    const widgetId = await chain.widget({
      slug: `check-${suite}`.slice(0, 100),
      name: `Check ${suite}`,
      kind: 'check',
    });
    const summary = event.summary ?? `${suite} ${outcome}${content.reason ? `: ${content.reason}` : ''}`;
    const interactionId = chain.interaction(widgetId, {
      kind: 'check',
      outcome,
      actor: event.author,
      summary,
      correlationId: runId,
      stage,
      durationMs: custom.duration_ms ?? null,
      occurredAt: at,
      eventSeq: event.seq,
      data: { suite: isGate ? 'gate' : suite, digest: custom.digest ?? null },
    });
    if (outcome === 'failure' || outcome === 'error') {
      await chain.trouble(widgetId, interactionId, {
        kind: isGate ? 'gate' : 'failure',
        severity: stage === 'production' && !isGate ? 'high' : 'medium',
        author: event.source,
        title: `${isGate ? 'NO-GO' : suite}${stage ? ` on ${stage}` : ''}: ${content.reason ?? outcome}`.slice(0, 300),
        body: content.reason ?? summary,
        stage,
        sameness: `${isGate ? 'gate ' : ''}${stage ?? ''} ${content.reason ?? suite}`,
        evidence: custom.evidence ?? {},
      });
    }
    if (isGate || stage === null) return;
    const deploymentId = await deploymentOf(chain, stage, runId);
    if (deploymentId === undefined) return;
    const verdict = outcome === 'success' ? 'met' : outcome === 'failure' ? 'regressed' : 'unknown';
    await addOutcome(chain, { deploymentId, kind: suite, verdict, summary, at });
  },
});
