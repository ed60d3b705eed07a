import * as z from 'zod';
import type { IncomingEvent } from './incomingEvent.ts';

const slug = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?$/, 'must be a name like "inter-hub"');
const short = z.string().max(255);
const moment = z.iso.datetime({ offset: true, error: 'must be an RFC 3339 time' });

/**
 * CloudEvents 1.0.2, JSON format, with the extension attributes that place an event: `hub` (or `app`), `stage`, `runid`.
 * Others are kept.
 */
export const cloudEventSchema = z
  .object({
    specversion: z.literal('1.0'),
    id: z.string().min(1).max(512),
    source: z.string().min(1).max(1024),
    type: z.string().min(1).max(255),
    subject: z.string().max(1024).optional(),
    time: moment.optional(),
    datacontenttype: short.optional(),
    dataschema: z.string().max(1024).optional(),
    data: z.unknown().optional(),
    data_base64: z.base64().optional(),
    hub: slug.optional(),
    app: slug.optional(),
    stage: slug.optional(),
    runid: z.string().min(1).max(255).optional(),
    author: short.optional(),
    summary: z.string().max(2000).optional(),
  })
  .catchall(z.union([z.string().max(4096), z.number(), z.boolean(), z.null()]))
  .refine((event) => event.data === undefined || event.data_base64 === undefined, {
    error: 'has both data and data_base64',
  })
  .describe('CloudEvents 1.0, JSON format');

export type CloudEvent = z.infer<typeof cloudEventSchema>;

export const mostInBatch = 1000;
export const cloudEventBatchSchema = z.array(cloudEventSchema).min(1).max(mostInBatch);

const cdEventsPrefix = 'dev.cdevents.';

/** @param bodyJson the text it was read from, where that was one event */
export function fromCloudEvent(event: CloudEvent, bodyJson = JSON.stringify(event)): IncomingEvent {
  const custom = customData(event.data);
  return {
    source: event.source,
    id: event.id,
    form: event.type.startsWith(cdEventsPrefix) ? 'cdevent' : 'cloudevent',
    type: event.type,
    subject: event.subject ?? null,
    hub: event.hub ?? event.app ?? slugOf(custom.app),
    stage: event.stage ?? slugOf(custom.stage),
    runId: event.runid ?? null,
    time: event.time ?? null,
    author: event.author ?? null,
    summary: event.summary ?? null,
    bodyJson,
  };
}

/** CDEvents have a place for what their vocabulary lacks; senders without extension attributes name the app there. */
function customData(data: unknown): { app?: unknown; stage?: unknown } {
  const custom = (data as { customData?: unknown } | null | undefined)?.customData;
  return typeof custom === 'object' && custom !== null ? custom : {};
}

function slugOf(value: unknown): string | null {
  return typeof value === 'string' ? (slug.safeParse(value).data ?? null) : null;
}

const attributeHeader = /^ce-([a-z0-9]+)$/;

/** Binary mode of the HTTP binding: attributes are headers, percent-encoded; the body is the data. */
export function binaryToStructured(headers: Headers, body: string): Record<string, unknown> {
  const event: Record<string, unknown> = {};
  for (const [name, value] of headers) {
    const attribute = attributeHeader.exec(name)?.[1];
    if (attribute !== undefined) event[attribute] = decode(value);
  }
  const type = headers.get('content-type');
  if (type !== null) event.datacontenttype = type;
  if (body === '') return event;
  event.data = type === null || /^[^;]*[/+]json\b/i.test(type) ? JSON.parse(body) : body;
  return event;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
