import * as z from 'zod';
import type { Actor } from '../../audit.ts';
import { id, slug } from '../../resources/resource.ts';
import { recordSchema, shown } from '../../resources/routes.ts';
import { find } from '../../resources/store.ts';
import { eventTypes, webhooks } from '../../resources/webhooks.ts';
import { secretOf } from '../../webhooks/signature.ts';
import { faultOfTarget } from '../../webhooks/target.ts';
import { addWebhook, changeSecret, queueTest } from '../../webhooks/webhooks.ts';
import { notFound } from '../mount.ts';
import { Problem } from '../problem.ts';
import { type ApiRequest, defineRoute } from '../route.ts';

const secret = z.string().describe('whsec_…, by which the receiver checks signatures; only in this answer');
export const newWebhookSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(2000),
  hub: slug.nullish().describe('Only events of this hub'),
  types: eventTypes.describe('Only these types; a star at the end stands for the rest of a name'),
});

export const createWebhook = defineRoute({
  method: 'post',
  path: '/webhooks',
  operationId: 'create-webhook',
  tag: 'webhooks',
  summary: 'Have an address told of events; its secret is shown in this answer only',
  description:
    'Each event is a POST of its own, signed as Standard Webhooks says, with `type`, `timestamp` and the event as `data`. ' +
    'Anything but a 2xx within 15 s is tried again, ten times over three days; `webhook-id` stays the same. Events may ' +
    'come out of order, and more than once.',
  access: 'admin',
  body: newWebhookSchema,
  answers: { 201: { description: 'The webhook', schema: recordSchema(webhooks).extend({ secret }) } },
  handle: async (request) => {
    const { c, deps, body } = request;
    const fault = faultOfTarget(new URL(body.url), deps.config.webhookHosts);
    if (fault !== undefined) throw unfitting('body.url', fault);
    const wanted = { url: body.url, hub: body.hub ?? null, types: body.types ?? [] };
    const row = await deps.database.transaction(async (db) => {
      const made = await addWebhook(db, wanted, actorOf(request));
      if (!made) throw unfitting('body.hub', 'there is no such hub');
      return find(db, webhooks, made.id);
    });
    if (!row) throw notFound();
    return c.json({ ...shown(row), secret: secretOf(deps.sessionSecret, row.id, 1) }, 201);
  },
});

export const changeWebhookSecret = defineRoute({
  method: 'post',
  path: '/webhooks/{id}/secret',
  operationId: 'change-webhook-secret',
  tag: 'webhooks',
  summary: 'Make another secret; for a day both sign',
  access: 'admin',
  params: z.object({ id }),
  answers: { 200: { description: 'The new secret', schema: z.object({ secret }) } },
  handle: async (request) => {
    const { c, deps, params } = request;
    const number = await deps.database.transaction((db) => changeSecret(db, params.id, deps.clock(), actorOf(request)));
    if (number === undefined) throw notFound();
    return c.json({ secret: secretOf(deps.sessionSecret, params.id, number) });
  },
});

export const testWebhook = defineRoute({
  method: 'post',
  path: '/webhooks/{id}/test',
  operationId: 'test-webhook',
  tag: 'webhooks',
  summary: 'Send a message of no event, once',
  access: 'admin',
  params: z.object({ id }),
  answers: { 202: { description: 'On its way: a webhook-delivery has this id', schema: z.object({ id }) } },
  refusals: [409],
  handle: async (request) => {
    const { c, deps, params } = request;
    const queued = await deps.database.transaction((db) => queueTest(db, params.id, deps.clock(), actorOf(request)));
    if (queued === undefined) {
      if (!(await find(deps.database, webhooks, params.id))) throw notFound();
      throw new Problem(409, 'paused', 'This webhook is paused.', 'Resume it first: PATCH its status to active.');
    }
    void deps.deliverer.wake();
    return c.json({ id: queued }, 202);
  },
});

function actorOf({ c, key }: Pick<ApiRequest<unknown, unknown, unknown>, 'c' | 'key'>): Actor {
  return { kind: 'key', name: key?.consumer ?? '', address: c.get('address') };
}

/** For an address or a hub that cannot be. */
export function unfitting(place: string, fault: string): Problem {
  return new Problem(422, 'invalid_body', `${place}: ${fault}`, 'See docs/hub/api.md for webhooks.');
}
