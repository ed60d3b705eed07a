import type { Context } from 'hono';
import type { HubEnv } from '../../http/env.ts';
import { requestHeader } from '../../http/requestHeader.ts';
import {
  binaryToStructured,
  type CloudEvent,
  cloudEventBatchSchema,
  cloudEventSchema,
} from '../../ingest/cloudEvent.ts';
import { parseJson, readText } from '../jsonBody.ts';
import { check } from '../mount.ts';
import { Problem } from '../problem.ts';

const oneLimitBytes = 1024 * 1024;
const batchLimitBytes = 16 * 1024 * 1024;
const batchType = 'application/cloudevents-batch+json';

export interface SentEvents {
  readonly events: readonly CloudEvent[];
  readonly batch: boolean;
  /** The text of the one event, where the body was just that. */
  readonly json?: string;
}

/** The events of a request in any of the three modes of the CloudEvents HTTP binding. */
export async function readEvents(c: Context<HubEnv>): Promise<SentEvents> {
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type === batchType) {
    const batch = await readText(c, batchLimitBytes);
    const value = parseJson(batch);
    if (Array.isArray(value) && value.length > 1000) {
      throw new Problem(413, 'too_large', 'A batch has at most 1,000 events.', 'Send it in parts.');
    }
    return { events: check(cloudEventBatchSchema, value, 'body'), batch: true };
  }
  const text = await readText(c, oneLimitBytes);
  if (requestHeader(c, 'ce-specversion') !== undefined) {
    const isJson = type === undefined || type === '' || /[/+]json$/.test(type);
    if (isJson && text !== '') parseJson(text);
    const event = check(cloudEventSchema, binaryToStructured(c.req.raw.headers, text), 'headers');
    return { events: [event], batch: false };
  }
  if (type === 'application/cloudevents+json' || type === 'application/json') {
    return { events: [check(cloudEventSchema, parseJson(text), 'body')], batch: false, json: text };
  }
  throw new Problem(
    415,
    'unsupported_type',
    `Content-Type ${type || '(none)'} is not taken.`,
    `Send application/cloudevents+json, ${batchType}, or ce-* headers.`,
  );
}
