import { recordStep } from '../chain/run.ts';
import { isCdEvent, outcomeOf, readCdEvent } from './cdEvent.ts';
import { defineMapping } from './mapping.ts';

/** A step of a run. */
export const taskRun = defineMapping({
  name: 'task run',
  matches: (type) => isCdEvent(type, 'taskrun', 'started', 'finished'),
  apply: async (event, chain) => {
    const { content, custom, runId, subjectId, at, stage, predicate } = readCdEvent(event);
    const name = content.taskName ?? subjectId ?? 'step';
    const outcome = predicate === 'finished' ? outcomeOf(content.outcome) : null;
    const status = outcome === null ? 'running' : statuses[outcome];
    const detail = content.errors ?? null;
    const durationMs =
      runId === null
        ? null
        : await recordStep(chain, {
            runId,
            stepId: subjectId ?? name,
            name,
            position: custom.position ?? event.seq % 1_000_000,
            status,
            detail,
            at,
          });
    if (outcome === null) return;
    const widgetId = await chain.widget({ slug: `step-${name}`.slice(0, 100), name: `Step ${name}`, kind: 'step' });
    chain.interaction(widgetId, {
      kind: 'step',
      outcome,
      actor: event.author,
      summary: event.summary ?? `${name} ${status}${detail ? `: ${detail}` : ''}`,
      correlationId: runId,
      stage,
      durationMs: custom.duration_ms ?? durationMs,
      occurredAt: at,
      eventSeq: event.seq,
      data: {},
    });
  },
});

const statuses = { success: 'succeeded', failure: 'failed', error: 'errored', skipped: 'skipped' } as const;
