import { digestOf, isCdEvent, readCdEvent, tagOf } from './cdEvent.ts';
import { defineMapping } from './mapping.ts';

/** An artifact that was packaged, pushed, signed, deleted: seen on the app's image, with the digest it is about. */
export const artifact = defineMapping({
  name: 'artifact',
  matches: (type) =>
    isCdEvent(type, 'artifact', 'packaged', 'published', 'signed', 'deployed', 'downloaded', 'deleted'),
  apply: async (event, chain) => {
    const told = readCdEvent(event);
    const { custom, stage, runId, at, predicate } = told;
    const tag = tagOf(told);
    const widgetId = await chain.widget({
      slug: 'image',
      name: `Image of ${event.hub ?? 'the app'}`,
      kind: 'artifact',
    });
    chain.interaction(widgetId, {
      kind: 'artifact',
      outcome: 'success',
      actor: event.author,
      summary: event.summary ?? `${tag ?? 'An image'} ${predicate}`,
      correlationId: runId,
      stage,
      durationMs: custom.duration_ms ?? null,
      occurredAt: at,
      eventSeq: event.seq,
      data: { predicate, digest: digestOf(told), tag },
    });
  },
});
