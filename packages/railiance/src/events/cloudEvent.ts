/**
 * One event in the JSON format of CloudEvents 1.0.2, with the extension attributes by which a hub places it.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export interface CloudEvent {
  readonly specversion: '1.0';
  /** With `source`, the event's identity for ever: who gets it twice keeps it once. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  /** When it happened, RFC 3339. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** Slug of the app. */
  readonly hub: string;
  readonly stage: string;
  readonly runid: string;
  readonly author: string;
  /** One line for people. */
  readonly summary: string;
  readonly data: object;
}

/** What a hub takes in one request. */
export const mostInBatch = 1_000;

/** Longest summary, in characters; hubs refuse more. */
const longestSummary = 500;

/** What every event of one run has in common. */
export interface Origin {
  readonly app: string;
  readonly stage: string;
  readonly runId: string;
}

/** When and by whom something happened, and its place among what one record says. */
export interface Moment {
  /** Number of the record in its journal. */
  readonly seq: number;
  readonly at: string;
  readonly author: string;
}

/** One thing to be told, before it is dressed as an event. */
export interface Told {
  readonly type: string;
  readonly subjectId: string;
  readonly summary: string;
  /** Gets the event's identity, for formats that repeat it inside. */
  data(identity: Pick<CloudEvent, 'id' | 'source' | 'type' | 'time'>): object;
}

/**
 * Dresses what one record says as events. Their identity follows from the run and the record's number alone, so that a
 * record that is told again (after a crash, from another machine) gives the very same events.
 */
export function eventsAt(origin: Origin, { seq, at, author }: Moment, told: readonly Told[]): readonly CloudEvent[] {
  const { app, stage, runId } = origin;
  const source = `/railiance/${app}/${stage}`;
  return told.map(({ type, subjectId, summary, data }, place) => {
    const id = place === 0 ? `${runId}.${seq}` : `${runId}.${seq}.${place + 1}`;
    return {
      specversion: '1.0',
      id,
      source,
      type,
      subject: subjectId,
      time: at,
      datacontenttype: 'application/json',
      hub: app,
      stage,
      runid: runId,
      author: plainText(author, 200),
      summary: plainText(summary, longestSummary),
      data: data({ id, source, type, time: at }),
    };
  });
}

/** Text that any store takes: no NUL, no half of a surrogate pair, not longer than `most` characters. */
export function plainText(text: string, most: number): string {
  const clean = text.replaceAll('\0', '').toWellFormed();
  return clean.length <= most ? clean : `${clean.slice(0, most - 1).toWellFormed()}…`;
}
