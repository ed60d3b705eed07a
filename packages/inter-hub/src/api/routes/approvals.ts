import * as z from 'zod';
import { decideApproval, requestApproval } from '../../approvals/approvals.ts';
import { approvals } from '../../resources/approvals.ts';
import { id, object, sha256Digest, slug } from '../../resources/resource.ts';
import { recordSchema, shown } from '../../resources/routes.ts';
import { find } from '../../resources/store.ts';
import { notFound, wrongScope } from '../mount.ts';
import { Problem } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { canRead, canWrite } from '../scopes.ts';

const longestWaitS = 30 * 86_400;
const asked = recordSchema(approvals).extend({ link: z.url() });

export const createApproval = defineRoute({
  method: 'post',
  path: '/approvals',
  operationId: 'request-approval',
  tag: 'approvals',
  summary: 'Ask for a person’s yes',
  description:
    'Bound to hub, stage and digest. The same question still waiting is answered with 200 and not asked twice. To wait, ' +
    'follow /events/stream?subject=approvals/{id}, or read the approval now and then.',
  access: 'write',
  body: z.strictObject({
    hub: slug,
    stage: slug,
    digest: sha256Digest,
    tag: z.string().max(200).nullish(),
    run_id: z.string().max(255).nullish(),
    reason: z.string().max(2000).nullish(),
    requested_by: z.string().trim().min(1).max(255),
    evidence: object.optional(),
    expires_in_s: z.int().min(60).max(longestWaitS).default(86_400),
  }),
  answers: {
    200: { description: 'This question waits already', schema: asked },
    201: { description: 'Asked; `link` is where a person answers', schema: asked },
  },
  handle: async ({ c, deps, key, body }) => {
    if (!key) throw notFound();
    if (!canWrite(key.scopes, body.hub)) throw wrongScope(`hub:${body.hub}:write`);
    const now = deps.clock();
    const expiresAt = new Date(now.getTime() + body.expires_in_s * 1000);
    const { row, fresh } = await deps.database.transaction(async (db) => {
      const result = await requestApproval(db, { ...body, expiresAt }, now);
      return { fresh: result.asked, row: await find(db, approvals, result.id) };
    });
    if (!row) throw notFound();
    const link = new URL(`/approvals/${row.id}`, deps.config.baseUrl).href;
    return c.json({ ...shown(row), link }, fresh ? 201 : 200);
  },
});

export const withdrawApproval = defineRoute({
  method: 'post',
  path: '/approvals/{id}/withdraw',
  operationId: 'withdraw-approval',
  tag: 'approvals',
  summary: 'Take the question back',
  access: 'write',
  params: z.object({ id }),
  answers: { 200: { description: 'Withdrawn', schema: recordSchema(approvals) } },
  refusals: [409],
  handle: async ({ c, deps, key, params }) => {
    const row = await find(deps.database, approvals, params.id);
    if (!key || !row || !canRead(key.scopes, String(row.hub))) throw notFound();
    if (!canWrite(key.scopes, String(row.hub))) throw wrongScope(`hub:${row.hub}:write`);
    const actor = { kind: 'key', name: key.consumer, address: c.get('address') } as const;
    const done = await deps.database.transaction((db) =>
      decideApproval(db, params.id, 'withdrawn', actor, null, deps.clock()),
    );
    if (!done) throw new Problem(409, 'not_waiting', 'This approval does not wait any more.', 'Ask for a new one.');
    const after = await find(deps.database, approvals, params.id);
    return c.json(after && shown(after));
  },
});
