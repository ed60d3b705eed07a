import * as z from 'zod';
import type { IncomingEvent } from './incomingEvent.ts';

const reference = z.string().max(255).nullish();

/** A progress event of the state hub. */
export const progressSchema = z
  .strictObject({
    summary: z.string().min(1).max(2000),
    event_type: z.string().min(1).max(255).default('note'),
    author: z.string().max(255).nullish(),
    hub: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?$/)
      .nullish(),
    topic_id: reference,
    workstream_id: reference,
    task_id: reference,
    decision_id: reference,
    detail: z.unknown().optional(),
  })
  .describe('A progress event; created_at is the hub’s own');

export type Progress = z.infer<typeof progressSchema>;

/** `id` is the sender's Idempotency-Key, or a new one. */
export function fromProgress(progress: Progress, source: string, id: string): IncomingEvent {
  return {
    source,
    id,
    form: 'progress',
    type: progress.event_type,
    subject: progress.task_id ?? progress.workstream_id ?? progress.topic_id ?? progress.decision_id ?? null,
    hub: progress.hub ?? null,
    stage: null,
    runId: null,
    time: null,
    author: progress.author ?? null,
    summary: progress.summary,
    bodyJson: JSON.stringify(progress),
  };
}
