import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkplanRow } from '../queries/workplansList.ts';
import { workplanGraph } from './workplanGraph.ts';

const row = (key: string, more: Partial<WorkplanRow> = {}): WorkplanRow => ({
  key,
  title: `Plan ${key}`,
  status: 'open',
  repo: null,
  owner: null,
  updated_on: null,
  depends_on: [],
  synced_at: new Date(0),
  tasks: 0,
  done: 0,
  blocked: 0,
  waits_for: [],
  stale: false,
  ...more,
});

test('plans are links, a plan that waits is tied by a marked line, one that nobody synced is no link', () => {
  const rows = [row('WP-2', { depends_on: ['WP-1', 'WP-0'], waits_for: ['WP-1'] }), row('WP-1', { title: '<b>&</b>' })];
  const drawn = String(workplanGraph(rows));
  assert.deepEqual([...drawn.matchAll(/<a href="([^"]+)"/g)].map((found) => found[1]).sort(), [
    '/workplans/WP-1',
    '/workplans/WP-2',
  ]);
  assert.equal(drawn.match(/class="tie waits"/g)?.length, 1);
  assert.equal(drawn.match(/class="tie"/g)?.length, 1);
  assert.match(drawn, /<g class="absent"><title>WP-0: not synced/);
  assert.match(drawn, /&lt;b&gt;&amp;&lt;\/b&gt;/);
});

test('plans without a tie draw nothing', () => {
  assert.equal(workplanGraph([row('WP-1'), row('WP-2')]), undefined);
});
