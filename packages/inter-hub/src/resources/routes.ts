import * as z from 'zod';
import { decodeCursor, pageOf, pageQuery, pageResponse } from '../api/cursor.ts';
import { exportResponse } from '../api/export.ts';
import { once } from '../api/idempotency.ts';
import { notFound, wrongScope } from '../api/mount.ts';
import { Problem } from '../api/problem.ts';
import { type Access, type ApiRequest, type ApiRoute, defineRoute } from '../api/route.ts';
import { canRead, canWrite, readableHubs } from '../api/scopes.ts';
import { audit } from '../audit.ts';
import type { Db } from '../database/db.ts';
import { id, type Resource, slug } from './resource.ts';
import { belongsTo, columnsOf, find, hasHub, hubIdOf, insert, list, type Row, update } from './store.ts';

/** The routes every kind of record has: list, one, and where it may be made or changed, those too. */
export function resourceRoutes(resource: Resource): ApiRoute[] {
  return [
    listRoute(resource),
    oneRoute(resource),
    ...(resource.create ? [createRoute(resource, resource.create)] : []),
    ...(resource.update ? [updateRoute(resource, resource.update)] : []),
  ];
}

export function recordSchema(resource: Resource): z.ZodObject {
  return z.object({
    id,
    ...(hasHub(resource) && { hub: resource.hub === 'optional' ? slug.nullable() : slug }),
    ...resource.fields,
    created_at: z.date(),
  });
}

/** Without the number that only cursors are made of. */
export function shown({ seq: _, ...row }: Row): Record<string, unknown> {
  return row;
}

function readAccess(resource: Resource): Access {
  if (resource.adminOnly) return 'admin';
  return resource.name === 'hubs' || resource.name === 'hub-capability-manifests' ? 'discovery' : 'read';
}

/** Discovery without a key shows every hub. */
function hubsFor(key: ApiRequest<unknown, unknown, unknown>['key']): 'all' | readonly string[] {
  return key ? readableHubs(key.scopes) : 'all';
}

function listRoute(resource: Resource): ApiRoute {
  const hubFilter = hasHub(resource) ? { hub: slug.optional().describe('Slug of a hub') } : {};
  const filters = Object.fromEntries(resource.filters.map((name) => [name, filterSchema(name)]));
  const query = z.strictObject({ ...hubFilter, ...filters, ...pageQuery });
  const record = recordSchema(resource);
  return defineRoute({
    method: 'get',
    path: `/${resource.name}`,
    operationId: `list-${resource.name}`,
    tag: resource.name,
    summary: `List ${resource.name.replaceAll('-', ' ')}`,
    description: resource.summary,
    access: readAccess(resource),
    query,
    answers: {
      200: {
        description: 'A page, newest first',
        schema: z.object({ items: z.array(record), next: z.string().nullable() }),
        exports: true,
      },
    },
    handle: async ({ c, deps, key, query: given }) => {
      const { limit, cursor, format, hub, ...where } = given as Record<string, unknown> & {
        limit: number;
        hub?: string;
      };
      const selection = { where: defined(where), hubs: hubsFor(key), hub };
      if (format === 'csv' || format === 'jsonl') {
        return exportResponse(c, {
          name: resource.name,
          format,
          columns: ['id', ...columnsOf(resource)],
          next: (seq, size) => list(deps.database, resource, { ...selection, beforeSeq: seq, limit: size }),
        });
      }
      const beforeSeq = decodeCursor(cursor as string | undefined);
      const rows = await list(deps.database, resource, { ...selection, beforeSeq, limit: limit + 1 });
      const page = pageOf(rows, limit);
      return pageResponse(c, { items: page.items.map(shown), next: page.next });
    },
  });
}

function filterSchema(name: string): z.ZodType {
  return name.endsWith('_id') && name !== 'run_id' && name !== 'correlation_id'
    ? id.optional()
    : z
        .string()
        .max(300)
        .regex(/^[^\0]*$/)
        .optional();
}

function defined(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

function oneRoute(resource: Resource): ApiRoute {
  return defineRoute({
    method: 'get',
    path: `/${resource.name}/{id}`,
    operationId: `get-${resource.singular}`,
    tag: resource.name,
    summary: `Read one ${resource.singular.replaceAll('-', ' ')}`,
    access: readAccess(resource),
    params: z.object({ id }),
    answers: { 200: { description: 'The record', schema: recordSchema(resource) } },
    handle: async ({ c, deps, key, params }) => {
      const row = await find(deps.database, resource, params.id);
      if (!row || !visible(resource, row, hubsFor(key))) throw notFound();
      return c.json(shown(row));
    },
  });
}

function visible(resource: Resource, row: Row, hubs: 'all' | readonly string[]): boolean {
  if (hubs === 'all') return true;
  const hub = resource.table === 'hubs' ? row.slug : row.hub;
  return hasHub(resource) || resource.table === 'hubs' ? hubs.includes(String(hub)) : true;
}

function createRoute(resource: Resource, shape: z.ZodRawShape): ApiRoute {
  const hub = { required: { hub: slug }, optional: { hub: slug.nullish() }, none: {} }[resource.hub];
  return defineRoute({
    method: 'post',
    path: `/${resource.name}`,
    operationId: `create-${resource.singular}`,
    tag: resource.name,
    summary: `Add one ${resource.singular.replaceAll('-', ' ')}`,
    access: resource.hub === 'none' ? 'admin' : 'write',
    body: z.strictObject({ ...hub, ...shape }),
    idempotent: true,
    answers: {
      200: { description: 'Made before, by the same Idempotency-Key', schema: recordSchema(resource) },
      201: { description: 'The new record', schema: recordSchema(resource) },
    },
    handle: async ({ c, deps, key, body }) => {
      if (!key) throw notFound();
      const { hub: hubSlug, ...values } = body as Record<string, unknown> & { hub?: string | null };
      if (resource.hub !== 'none' && !canWrite(key.scopes, hubSlug ?? null)) throw wrongScope(`hub:${hubSlug}:write`);
      const answer = await once(deps.database, key.consumerId, c.req.header('idempotency-key'), body, async (db) => {
        const placed = await place(db, resource, hubSlug ?? undefined, values);
        const authored = Object.fromEntries((resource.authored ?? []).map((name) => [name, key.consumer]));
        const row = await insert(db, resource, { ...defined(values), ...placed, ...authored });
        const actor = { kind: 'key', name: key.consumer, address: c.get('address') } as const;
        await audit(db, actor, `${resource.singular}.create`, row.id);
        return { status: 201, body: shown(row) };
      });
      return c.json(answer.body, answer.repeated ? 200 : 201);
    },
  });
}

/** The hub's id for a slug, with every reference looked up in it. */
async function place(
  db: Db,
  resource: Resource,
  hubSlug: string | undefined,
  values: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  if (resource.hub === 'none' || hubSlug === undefined) return {};
  const hubId = await hubIdOf(db, hubSlug);
  if (hubId === undefined) throw unknownReference('hub');
  for (const [column, table] of Object.entries(resource.references ?? {})) {
    const value = values[column];
    if (value !== undefined && value !== null && !(await belongsTo(db, table, value, hubId))) {
      throw unknownReference(column);
    }
  }
  return { hub_id: hubId };
}

function unknownReference(column: string): Problem {
  return new Problem(
    422,
    'unknown_reference',
    `body.${column}: there is no such record in this hub.`,
    'Create it first.',
  );
}

function updateRoute(resource: Resource, shape: z.ZodRawShape): ApiRoute {
  return defineRoute({
    method: 'patch',
    path: `/${resource.name}/{id}`,
    operationId: `update-${resource.singular}`,
    tag: resource.name,
    summary: `Change one ${resource.singular.replaceAll('-', ' ')}`,
    access: resource.hub === 'none' || resource.adminOnly ? 'admin' : 'write',
    params: z.object({ id }),
    body: z.strictObject(shape),
    answers: { 200: { description: 'The record as it is now', schema: recordSchema(resource) } },
    handle: async ({ c, deps, key, params, body }) => {
      const values = defined(body);
      const row = await deps.database.transaction(async (db) => {
        const before = await find(db, resource, params.id);
        if (!key || !before || (hasHub(resource) && !canRead(key.scopes, String(before.hub)))) throw notFound();
        const hub = (before.hub as string | null | undefined) ?? null;
        if (hasHub(resource) && !canWrite(key.scopes, hub)) throw wrongScope(`hub:${hub}:write`);
        if (hub !== null) await place(db, resource, hub, values);
        const after = await update(db, resource, params.id, values);
        const actor = { kind: 'key', name: key.consumer, address: c.get('address') } as const;
        await audit(db, actor, `${resource.singular}.update`, params.id, values);
        return after;
      });
      return c.json(shown(row));
    },
  });
}
