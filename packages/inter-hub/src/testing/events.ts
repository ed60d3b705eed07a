import { randomUUID } from 'node:crypto';

/** CloudEvents as railiance and others send them, for tests. */
export function cloudEvent(more: Record<string, unknown> = {}): Record<string, unknown> {
  return { specversion: '1.0', id: randomUUID(), source: '/tests', type: 'org.example.thing', hub: 'probe', ...more };
}

interface CdEventParts {
  readonly subjectId?: string;
  readonly content?: Record<string, unknown>;
  readonly customData?: Record<string, unknown>;
  readonly [attribute: string]: unknown;
}

/** A CDEvent (`pipelinerun.finished`) inside a CloudEvent. */
export function cdEvent(name: string, { subjectId, content, customData, ...attributes }: CdEventParts = {}) {
  const type = `dev.cdevents.${name}.0.2.0`;
  const id = randomUUID();
  const [kind = ''] = name.split('.');
  return cloudEvent({
    id,
    type,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    data: {
      context: { version: '0.4.1', id, source: '/tests', type, timestamp: new Date().toISOString() },
      subject: { id: subjectId ?? randomUUID(), type: kind, content: content ?? {} },
      ...(customData && { customData }),
    },
    ...attributes,
  });
}

export const digestA = `sha256:${'a'.repeat(64)}`;
export const digestB = `sha256:${'b'.repeat(64)}`;

export interface RunFacts {
  readonly hub: string;
  readonly stage: string;
  readonly runId: string;
  readonly tag: string;
  readonly digest: string;
  readonly ok: boolean;
  readonly at?: Date;
  readonly cause?: string;
  readonly command?: string;
  readonly commitAt?: Date;
}

/** All events of one run of a deploy, in order: steps, smoke test, and how it ended. */
export function deployRun(facts: RunFacts): Record<string, unknown>[] {
  const { hub, stage, runId, tag, digest, ok, cause = 'GET /healthz answered 503', command = 'deploy' } = facts;
  const startMs = (facts.at ?? new Date()).getTime();
  const at = (seconds: number) => new Date(startMs + seconds * 1000).toISOString();
  const common = { hub, stage, runid: runId, author: 'ops@example.org' };
  const run = { ...common, subjectId: runId };
  const custom = { command, digest, tag };
  const step = (name: string, from: number, to: number, outcome: string, errors?: string) => [
    cdEvent('taskrun.started', {
      ...common,
      time: at(from),
      subjectId: `${runId}/${name}`,
      content: { taskName: name, pipelineRun: { id: runId } },
    }),
    cdEvent('taskrun.finished', {
      ...common,
      time: at(to),
      subjectId: `${runId}/${name}`,
      content: { taskName: name, outcome, pipelineRun: { id: runId }, ...(errors && { errors }) },
    }),
  ];
  const smoke = (outcome: string, reason?: string) =>
    cdEvent('testsuiterun.finished', {
      ...common,
      time: at(40),
      content: { testSuite: { id: 'smoke', name: 'smoke' }, outcome, ...(reason && { reason }) },
      customData: { digest },
    });
  const events = [
    cdEvent('pipelinerun.started', { ...run, time: at(0), content: { pipelineName: command }, customData: custom }),
    ...step('build', 1, 18, 'success'),
    ...step('push', 18, 24, 'success'),
    ...step('roll-out', 24, 36, ok ? 'success' : 'failure', ok ? undefined : cause),
    smoke(ok ? 'pass' : 'fail', ok ? undefined : cause),
  ];
  const commit = facts.commitAt && { commit: tag, committed_at: facts.commitAt.toISOString() };
  if (ok) {
    const kind = command === 'promote' ? 'promotion' : 'deploy';
    events.push(
      cdEvent('service.deployed', {
        ...common,
        time: at(42),
        content: { environment: { id: stage }, artifactId: `pkg:oci/${hub}@${digest}?tag=${tag}` },
        customData: { ...custom, ...commit, kind },
      }),
    );
  }
  events.push(
    cdEvent('pipelinerun.finished', {
      ...run,
      time: at(45),
      content: { pipelineName: command, outcome: ok ? 'success' : 'failure', ...(!ok && { errors: cause }) },
      customData: { ...custom, ...(!ok && { status: 'rolled_back', cause }) },
    }),
  );
  return events;
}
