import * as z from 'zod';
import { audit } from '../../audit.ts';
import { lineageOf } from '../../chain/lineage.ts';
import { kindNames, recordKinds } from '../../chain/records.ts';
import type { Db } from '../../database/db.ts';
import { notFound, wrongScope } from '../mount.ts';
import { defineRoute } from '../route.ts';
import { canRead, canWrite } from '../scopes.ts';

const kind = z.enum(kindNames);
const node = z.object({
  kind,
  id: z.uuid(),
  hub: z.string(),
  title: z.string(),
  state: z.string().nullable(),
  at: z.date(),
});
const link = z.object({
  from_kind: kind,
  from_id: z.uuid(),
  to_kind: kind,
  to_id: z.uuid(),
  relation: z.string().trim().min(1).max(60),
});

export const getLineage = defineRoute({
  method: 'get',
  path: '/lineage/{kind}/{id}',
  operationId: 'get-lineage',
  tag: 'lineage',
  summary: 'Follow a record back to its causes and on to what came of it',
  access: 'read',
  params: z.object({ kind, id: z.uuid() }),
  answers: {
    200: {
      description: 'The chain',
      schema: z.object({ nodes: z.array(node), links: z.array(link), truncated: z.boolean() }),
    },
  },
  handle: async ({ c, deps, key, params }) => {
    const lineage = await lineageOf(deps.database, params.kind, params.id);
    const own = lineage?.nodes.find(({ id }) => id === params.id);
    if (!lineage || !own || !canRead(key?.scopes ?? [], own.hub)) throw notFound();
    const nodes = lineage.nodes.filter(({ hub }) => canRead(key?.scopes ?? [], hub));
    return c.json({ ...lineage, nodes });
  },
});

export const createLink = defineRoute({
  method: 'post',
  path: '/links',
  operationId: 'create-link',
  tag: 'lineage',
  summary: 'Link two records by hand',
  access: 'write',
  body: z.strictObject(link.shape),
  answers: { 201: { description: 'Linked', schema: link } },
  refusals: [404],
  handle: async ({ c, deps, key, body }) => {
    if (!key) throw notFound();
    for (const [endKind, endId] of [
      [body.from_kind, body.from_id],
      [body.to_kind, body.to_id],
    ] as const) {
      const hub = await hubOf(deps.database, endKind, endId);
      if (hub === undefined || !canRead(key.scopes, hub)) throw notFound();
      if (!canWrite(key.scopes, hub)) throw wrongScope(`hub:${hub}:write`);
    }
    await deps.database.transaction(async (db) => {
      await db.query(
        `insert into record_links (from_kind, from_id, to_kind, to_id, relation, author)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
        [body.from_kind, body.from_id, body.to_kind, body.to_id, body.relation, key.consumer],
      );
      const actor = { kind: 'key', name: key.consumer, address: c.get('address') } as const;
      await audit(db, actor, 'link.create', `${body.from_kind}/${body.from_id}`, body);
    });
    return c.json(body, 201);
  },
});

async function hubOf(db: Db, wanted: string, id: string): Promise<string | undefined> {
  const table = recordKinds.find(({ kind: name }) => name === wanted)?.table;
  const [row] = await db.query<{ slug: string }>(
    `select h.slug from ${table} t join hubs h on h.id = t.hub_id where t.id = $1`,
    [id],
  );
  return row?.slug;
}
