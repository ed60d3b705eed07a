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
  /** The whole event as it came, as JSON: a text is less to keep while it waits, and is written once. */
  readonly bodyJson: string;
}
