import { defineMapping } from './mapping.ts';
import { progressTypes } from './progressTypes.ts';

/** Progress of the state hub: notes, tasks, decisions. */
export const progress = defineMapping({
  name: 'progress',
  matches: (type) => progressTypes.has(type),
  apply: async (event, chain) => {
    const widgetId = await chain.widget({ slug: 'state-hub', name: 'State hub', kind: 'workplan' });
    chain.interaction(widgetId, {
      kind: event.type,
      outcome: null,
      actor: event.author,
      summary: event.summary ?? event.type,
      correlationId: event.subject,
      stage: event.stage,
      durationMs: null,
      occurredAt: event.time ?? event.received_at,
      eventSeq: event.seq,
      data: {},
    });
  },
});
