import * as z from 'zod';
import type { EventRow } from '../live/eventRow.ts';

const text = z.string().max(2000).optional().catch(undefined);
const named = z.object({ id: text, name: text }).optional().catch(undefined);

/** What mappings read of CDEvents (spec 0.4); anything of another type is as if it were not there. */
const content = z
  .object({
    pipelineName: text,
    taskName: text,
    outcome: text,
    errors: text,
    url: text,
    uri: text,
    reason: text,
    severity: text,
    description: text,
    artifactId: text,
    environment: named,
    pipelineRun: named,
    testSuite: named,
    service: named,
  })
  .catch({});

const number = z.number().optional().catch(undefined);
const moment = z.iso.datetime({ offset: true }).optional().catch(undefined);
const custom = z
  .object({
    command: text,
    status: text,
    cause: text,
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/)
      .optional()
      .catch(undefined),
    tag: text,
    commit: text,
    committed_at: moment,
    started_at: moment,
    release: number,
    kind: text,
    duration_ms: number,
    position: number,
    suite: text,
    lesson: text,
    evidence: z.record(z.string(), z.unknown()).optional().catch(undefined),
  })
  .catch({});

const cdEvent = z.object({ subject: z.object({ id: text, content }).catch({ content: {} }), customData: custom });

export interface CdEvent {
  /** `pipelinerun`, `service`, … */
  readonly subject: string;
  /** `started`, `finished`, `deployed`, … */
  readonly predicate: string;
  readonly subjectId: string | null;
  readonly content: z.infer<typeof content>;
  readonly custom: z.infer<typeof custom>;
  readonly stage: string | null;
  readonly runId: string | null;
  readonly at: Date;
}

const typePattern = /^dev\.cdevents\.(\w+)\.(\w+)\./;

/** @returns whether a type is that subject's, with one of those predicates */
export function isCdEvent(type: string, subject: string, ...predicates: readonly string[]): boolean {
  const [, named, predicate = ''] = typePattern.exec(type) ?? [];
  return named === subject && predicates.includes(predicate);
}

export function readCdEvent(event: EventRow): CdEvent {
  const [, subject = '', predicate = ''] = typePattern.exec(event.type) ?? [];
  const data = cdEvent.safeParse(event.body.data).data ?? {
    subject: { content: {}, id: undefined },
    customData: {},
  };
  const runId = event.run_id ?? (subject === 'pipelinerun' ? data.subject.id : data.subject.content.pipelineRun?.id);
  return {
    subject,
    predicate,
    subjectId: data.subject.id ?? null,
    content: data.subject.content,
    custom: data.customData,
    stage: event.stage ?? data.subject.content.environment?.id ?? null,
    runId: runId ?? null,
    at: event.time ?? event.received_at,
  };
}

/** The digest of a package URL (`pkg:oci/app@sha256:…?tag=1`), where the sender did not give it plainly. */
export function digestOf({ custom: given, content: { artifactId } }: CdEvent): string | null {
  const fromPurl = /@(sha256(?::|%3A)[0-9a-f]{64})/i.exec(artifactId ?? '')?.[1];
  return given.digest ?? fromPurl?.replace(/%3A/i, ':') ?? null;
}

export function tagOf({ custom: given, content: { artifactId } }: CdEvent): string | null {
  return given.tag ?? /[?&]tag=([\w.-]+)/.exec(artifactId ?? '')?.[1] ?? null;
}

/** CDEvents' outcomes in the hub's words. */
export function outcomeOf(outcome: string | undefined): 'success' | 'failure' | 'error' | 'skipped' {
  const word = (outcome ?? '').toLowerCase();
  if (['success', 'succeeded', 'pass', 'passed'].includes(word)) return 'success';
  if (['error', 'errored'].includes(word)) return 'error';
  return ['cancel', 'canceled', 'cancelled', 'skip', 'skipped'].includes(word) ? 'skipped' : 'failure';
}
