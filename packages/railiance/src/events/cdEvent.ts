import type { Told } from './cloudEvent.ts';

/** https://cdevents.dev/docs/, the version whose events these are. */
const cdEventsVersion = '0.4.1';

/** Subjects as CDEvents write them, with the predicates used here; each is at version 0.2.0. */
export type CdEventName =
  | `pipelineRun.${'started' | 'finished'}`
  | `taskRun.${'started' | 'finished'}`
  | `artifact.${'packaged' | 'published'}`
  | `service.${'deployed' | 'upgraded' | 'rolledback'}`
  | `testSuiteRun.${'started' | 'finished'}`
  | `incident.${'detected' | 'resolved'}`;

export interface CdEventFacts {
  readonly subjectId: string;
  readonly summary: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** What the vocabulary of CDEvents has no word for. Members that are undefined are left out. */
  readonly customData?: Readonly<Record<string, unknown>>;
}

/** A CDEvent, to go inside a CloudEvent: https://github.com/cdevents/spec/blob/v0.4.1/cloudevents-binding.md */
export function cdEvent(name: CdEventName, { subjectId, summary, content, customData }: CdEventFacts): Told {
  const [subject = '', predicate = ''] = name.split('.');
  const type = `dev.cdevents.${subject.toLowerCase()}.${predicate}.0.2.0`;
  return {
    type,
    subjectId,
    summary,
    data: ({ id, source, time }) => ({
      context: { version: cdEventsVersion, id, source, type, timestamp: time },
      subject: { id: subjectId, source, type: subject, content: defined(content) },
      ...(customData && { customData: defined(customData), customDataContentType: 'application/json' }),
    }),
  };
}

function defined(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
