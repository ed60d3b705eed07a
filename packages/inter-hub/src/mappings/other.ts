import { defineMapping } from './mapping.ts';

/** Every other event: seen on a widget of its sender's, so that nothing a tool sends is lost to the eye. */
export const other = defineMapping({
  name: 'other',
  matches: () => true,
  apply: async (event, chain) => {
    const name = event.type.split('.').slice(0, -1).join('.') || event.type;
    const slug = `event-${name}`.slice(0, 100);
    const widgetId = await chain.widget({ slug, name, kind: 'event source' });
    chain.interaction(widgetId, {
      kind: event.type,
      outcome: null,
      actor: event.author,
      summary: event.summary ?? event.subject ?? event.type,
      correlationId: event.run_id ?? event.subject,
      stage: event.stage,
      durationMs: null,
      occurredAt: event.time ?? event.received_at,
      eventSeq: event.seq,
      data: {},
    });
  },
});
