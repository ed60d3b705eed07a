import * as z from 'zod';
import { audit } from '../../audit.ts';
import { recordSchema, shown } from '../../resources/routes.ts';
import { find } from '../../resources/store.ts';
import { workplans } from '../../resources/workplans.ts';
import { parseWorkplan, type Workplan, WorkplanError } from '../../workplans/parse.ts';
import { syncWorkplan as sync } from '../../workplans/sync.ts';
import { notFound, wrongScope } from '../mount.ts';
import { Problem } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { canWrite } from '../scopes.ts';

export const syncWorkplan = defineRoute({
  method: 'put',
  path: '/workplans',
  operationId: 'sync-workplan',
  tag: 'workplans',
  summary: 'Sync one workplan from its file',
  description: 'Git is the canon: the file’s text takes the place of what was here, tasks included.',
  access: 'write',
  body: z.strictObject({
    markdown: z.string().min(1).max(900_000).describe('The whole file, front matter first'),
    path: z.string().max(1000).nullish().describe('Where it lies in the repository'),
  }),
  answers: { 200: { description: 'The workplan as the hub has it now', schema: recordSchema(workplans) } },
  handle: async ({ c, deps, key, body }) => {
    if (!key) throw notFound();
    const plan = parse(body.markdown);
    if (!canWrite(key.scopes, plan.repo)) throw wrongScope(`hub:${plan.repo}:write`);
    const row = await deps.database.transaction(async (db) => {
      const id = await sync(db, plan, body.markdown, body.path ?? null);
      const actor = { kind: 'key', name: key.consumer, address: c.get('address') } as const;
      await audit(db, actor, 'workplan.sync', plan.id, { status: plan.status, tasks: plan.tasks.length });
      return find(db, workplans, id);
    });
    if (!row) throw notFound();
    return c.json(shown(row));
  },
});

function parse(markdown: string): Workplan {
  try {
    return parseWorkplan(markdown);
  } catch (error) {
    if (!(error instanceof WorkplanError)) throw error;
    throw new Problem(422, 'invalid_workplan', `The workplan ${error.message}.`, 'See docs/hub/start.md for the form.');
  }
}
