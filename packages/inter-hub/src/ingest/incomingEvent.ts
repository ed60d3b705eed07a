import { createHash } from 'node:crypto';

export type EventForm = 'progress' | 'cloudevent' | 'cdevent';

/** One event in the shape of the table, whichever of the three forms it came in. */
export interface IncomingEvent {
  readonly source: string;
  readonly id: string;
  readonly form: EventForm;
  readonly type: string;
  readonly subject: string | null;
  /** Slug of the hub it belongs to; null where it names none. */
  readonly hub: string | null;
  readonly stage: string | null;
  readonly runId: string | null;
  /** ISO 8601, as the sender says. */
  readonly time: string | null;
  readonly author: string | null;
  readonly summary: string | null;
  /** Canonical JSON of the whole event. */
  readonly body: string;
  /** SHA-256 of `body`, hex: tells a retry from another event of the same name. */
  readonly sha256: string;
}

export function withBody(event: Omit<IncomingEvent, 'body' | 'sha256'>, content: unknown): IncomingEvent {
  const body = canonicalJson(content);
  return { ...event, body, sha256: createHash('sha256').update(body).digest('hex') };
}

/** JSON with the members of every object in order, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
