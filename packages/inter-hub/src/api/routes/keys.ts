import * as z from 'zod';
import { audit } from '../../audit.ts';
import { keysOfConsumers } from '../../queries/keysOfConsumers.ts';
import { issueKey, revokeKey } from '../keyStore.ts';
import { notFound } from '../mount.ts';
import { defineRoute } from '../route.ts';
import { scopePattern } from '../scopes.ts';

const moment = z.date().nullable();
const keySchema = z.object({
  id: z.uuid(),
  consumer: z.string(),
  prefix: z.string(),
  scopes: z.array(z.string()),
  rate_per_minute: z.int(),
  daily_quota: z.int(),
  created_by: z.string(),
  created_at: z.date(),
  expires_at: moment,
  revoked_at: moment,
  last_used_at: moment,
});

export const newKeySchema = z.strictObject({
  consumer: z.string().trim().min(1).max(100),
  scopes: z.array(z.string().regex(scopePattern, 'is not a scope')).min(1).max(50),
  rate_per_minute: z.int().min(1).max(1_000_000).optional(),
  daily_quota: z.int().min(1).max(1_000_000_000).optional(),
  expires_at: z.iso.datetime({ offset: true }).optional(),
});

export const listKeys = defineRoute({
  method: 'get',
  path: '/api-keys',
  operationId: 'list-api-keys',
  tag: 'api-consumers',
  summary: 'List keys, by their prefixes',
  access: 'admin',
  answers: { 200: { description: 'Every key', schema: z.object({ items: z.array(keySchema) }) } },
  handle: async ({ c, deps }) => c.json({ items: await keysOfConsumers(deps.database) }),
});

export const createKey = defineRoute({
  method: 'post',
  path: '/api-keys',
  operationId: 'create-api-key',
  tag: 'api-consumers',
  summary: 'Make a key; it is shown in this answer only',
  access: 'admin',
  body: newKeySchema,
  answers: { 201: { description: 'The key', schema: z.object({ id: z.uuid(), key: z.string(), prefix: z.string() }) } },
  handle: async ({ c, deps, key, body }) => {
    const actor = { kind: 'key', name: key?.consumer ?? '', address: c.get('address') } as const;
    const wanted = {
      consumer: body.consumer,
      scopes: body.scopes,
      createdBy: actor.name,
      ...(body.rate_per_minute !== undefined && { ratePerMinute: body.rate_per_minute }),
      ...(body.daily_quota !== undefined && { dailyQuota: body.daily_quota }),
      ...(body.expires_at !== undefined && { expiresAt: new Date(body.expires_at) }),
    };
    const issued = await deps.database.transaction(async (db) => {
      const made = await issueKey(db, wanted);
      await audit(db, actor, 'api-key.create', made.id, { consumer: body.consumer, scopes: body.scopes });
      return made;
    });
    return c.json(issued, 201);
  },
});

export const deleteKey = defineRoute({
  method: 'delete',
  path: '/api-keys/{id}',
  operationId: 'revoke-api-key',
  tag: 'api-consumers',
  summary: 'Revoke a key, at once and for good',
  access: 'admin',
  params: z.object({ id: z.uuid() }),
  answers: { 204: { description: 'Revoked' } },
  handle: async ({ c, deps, key, params }) => {
    const actor = { kind: 'key', name: key?.consumer ?? '', address: c.get('address') } as const;
    await deps.database.transaction(async (db) => {
      if (!(await revokeKey(db, params.id))) throw notFound();
      await audit(db, actor, 'api-key.revoke', params.id);
    });
    deps.keys.forget();
    return c.body(null, 204);
  },
});
