import { hash } from 'node:crypto';

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
  return { ...event, body, sha256: hash('sha256', body) };
}

/** JSON with the members of every object in order, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(ordered(value));
}

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(ordered);
  const members: [string, unknown][] = [];
  for (const name of Object.keys(value).sort()) members.push([name, ordered((value as Record<string, unknown>)[name])]);
  return Object.fromEntries(members);
}
