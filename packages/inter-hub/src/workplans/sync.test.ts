import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testHub } from '../testing/hub.ts';
import { workplanText } from '../testing/workplan.ts';

const { client } = await testHub();
const ask = await client(['hub:probe:write']);

async function tasksOf(id: string): Promise<string[][]> {
  const { items } = (await (await ask('GET', `/tasks?workplan_id=${id}`)).json()) as {
    items: { key: string; status: string; position: number }[];
  };
  return items.sort((a, b) => a.position - b.position).map(({ key, status }) => [key, status]);
}

test('a workplan is synced whole, again and again', async () => {
  const first = await ask('PUT', '/workplans', { markdown: workplanText, path: 'workplans/TEAM-WP-0007.md' });
  assert.equal(first.status, 200);
  const plan = (await first.json()) as { id: string; key: string; status: string };
  assert.deepEqual([plan.key, plan.status], ['TEAM-WP-0007', 'open']);
  assert.deepEqual(await tasksOf(plan.id), [
    ['R1', 'todo'],
    ['R2', 'in_progress'],
    ['R3', 'someday'],
  ]);

  const changed = workplanText.replace('status: open', 'status: done').replace(/### R3[\s\S]*?```\n/, '');
  const second = (await (await ask('PUT', '/workplans', { markdown: changed })).json()) as { id: string; path: string };
  assert.equal(second.id, plan.id);
  assert.equal(second.path, 'workplans/TEAM-WP-0007.md');
  assert.deepEqual(await tasksOf(plan.id), [
    ['R1', 'done'],
    ['R2', 'in_progress'],
  ]);
});

test('what is no workplan is refused with the reason; another repository’s needs its scope', async () => {
  const bad = await ask('PUT', '/workplans', { markdown: '# no front matter' });
  assert.equal(bad.status, 422);
  assert.match(((await bad.json()) as { detail: string }).detail, /no front matter/);
  const other = workplanText.replace('repo: probe', 'repo: other');
  assert.equal((await ask('PUT', '/workplans', { markdown: other })).status, 403);
});
