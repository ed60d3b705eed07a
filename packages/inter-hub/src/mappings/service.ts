import { addDeployment, type DeploymentKind } from '../chain/deployment.ts';
import { digestOf, isCdEvent, readCdEvent, tagOf } from './cdEvent.ts';
import { defineMapping } from './mapping.ts';

/** A release that went live, or an earlier one that came back. */
export const service = defineMapping({
  name: 'service',
  matches: (type) => isCdEvent(type, 'service', 'deployed', 'upgraded', 'rolledback'),
  apply: async (event, chain) => {
    const told = readCdEvent(event);
    const { custom, content, at, predicate, runId } = told;
    const stage = told.stage ?? 'production';
    const kind: DeploymentKind =
      predicate === 'rolledback' ? 'rollback' : custom.kind === 'promotion' ? 'promotion' : 'deploy';
    const tag = tagOf(told);
    const widgetId = await chain.widget({
      slug: `stage-${stage}`,
      name: `${event.hub ?? 'App'} on ${stage}`,
      kind: 'app-stage',
    });
    const interactionId = chain.interaction(widgetId, {
      kind,
      outcome: 'success',
      actor: event.author,
      summary: event.summary ?? `${kind} of ${tag ?? 'a release'} on ${stage}`,
      correlationId: runId,
      stage,
      durationMs: custom.duration_ms ?? null,
      occurredAt: at,
      eventSeq: event.seq,
      data: {},
    });
    await addDeployment(chain, {
      stage,
      kind,
      status: 'succeeded',
      digest: digestOf(told),
      tag,
      runId,
      at,
      widgetId,
      interactionId,
      release: custom.release ?? null,
      commit: custom.commit ?? null,
      committedAt: custom.committed_at ?? null,
      startedAt: custom.started_at ?? null,
      url: content.uri ?? content.url ?? null,
    });
  },
});
