import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestA } from '../testing/events.ts';
import { testHub } from '../testing/hub.ts';
import { fillHub } from '../testing/sampleHub.ts';
import { signIn } from '../testing/signIn.ts';
import { pages } from './index.ts';

const { app, deps, client } = await testHub();
const admin = await client(['admin']);
await fillHub(deps, admin);
const { cookie } = await signIn(deps, 'viewer');

/** A text that a spreadsheet would run, wherever a stranger may write one. */
const formula = '=HYPERLINK("http://evil","x")';

async function get(path: string): Promise<string> {
  const answer = await app.request(path, { headers: { cookie } });
  assert.equal(answer.status, 200, path);
  return answer.text();
}

/** The lines of a CSV without fields that hold line breaks, as cells. */
function cellsOf(csv: string): string[][] {
  return csv
    .trimEnd()
    .split('\r\n')
    .map((line) =>
      [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].slice(0, -1).map(([, cell = '']) => cell.replace(/^"/, '')),
    );
}

async function numberOf(sql: string): Promise<number> {
  const [row] = await deps.database.query<{ n: number }>(`select count(*) as n ${sql}`);
  return row?.n ?? -1;
}

const tables: readonly [path: string, query: string, rows: string][] = [
  ['/interactions', 'hub=billing', `from interaction_events i join hubs h on h.id = i.hub_id where h.slug = 'billing'`],
  ['/deployments', 'hub=billing', `from runs r join hubs h on h.id = r.hub_id where h.slug = 'billing'`],
  ['/governance', 'kind=approval', `from decision_records where kind = 'approval'`],
  [
    '/releases',
    'stage=production&status=succeeded',
    `from deployment_records where stage = 'production' and status = 'succeeded'`,
  ],
  ['/releases', 'hub=probe', `from deployment_records d join hubs h on h.id = d.hub_id where h.slug = 'probe'`],
  ['/approvals', '', 'from approvals'],
  ['/approvals', 'hub=docs-site&status=approved', `from approvals where status = 'approved'`],
];

for (const [path, query, rows] of tables) {
  test(`${path}?${query} gives the same rows as a page, as CSV and as JSON Lines`, async () => {
    const page = await get(`${path}?${query}`);
    const expected = await numberOf(rows);
    assert.ok(expected > 0, 'the filter leaves something');
    for (const format of ['csv', 'jsonl']) {
      const link = `${path}/export.${format}${query && `?${query}`}`;
      assert.ok(page.includes(`href="${link.replaceAll('&', '&amp;')}"`), `${path} links to ${link}`);
      const text = await get(link);
      const records = format === 'csv' ? cellsOf(text).slice(1) : text.trimEnd().split('\n').filter(Boolean);
      assert.equal(records.length, expected, link);
    }
  });
}

test('every page with a table that goes on has its files, for viewers', () => {
  const exported = pages.filter(({ path }) => path.endsWith('/export.csv')).map(({ path }) => path.split('/')[1]);
  assert.deepEqual(exported.sort(), ['approvals', 'deployments', 'governance', 'interactions', 'releases', 'triage']);
  assert.ok(pages.filter(({ path }) => path.includes('/export.')).every(({ role }) => role === 'viewer'));
});

test('no cell of any file is a formula, whoever wrote it', async () => {
  const approval = { hub: 'probe', stage: 'production', digest: digestA, requested_by: formula, tag: formula };
  assert.equal((await admin('POST', '/approvals', { ...approval, reason: formula, run_id: formula })).status, 201);
  const release = { hub: 'probe', stage: 'canary', tag: formula, run_id: formula };
  assert.equal((await admin('POST', '/deployment-records', release)).status, 201);
  assert.equal((await admin('POST', '/progress', { hub: 'probe', summary: formula, author: formula })).status, 201);
  await deps.projector.wake();
  const files = pages.filter(({ path }) => path.endsWith('/export.csv')).map(({ path }) => get(path));
  files.push((await admin('GET', '/progress?format=csv')).text());
  const cells = (await Promise.all(files)).flatMap(cellsOf).flat();
  assert.ok(cells.some((cell) => cell.startsWith(`'${formula.slice(0, 10)}`)));
  for (const cell of cells) assert.doesNotMatch(cell, /^[=+@\t\r]|^-[^0-9]/);
});

test('progress as a file: the filter, every member, and only of hubs the key may read', async () => {
  for (const hub of ['probe', 'billing']) {
    await admin('POST', '/progress', { hub, summary: `note for ${hub}`, event_type: 'export', detail: { n: 1 } });
  }
  const csv = cellsOf(await (await admin('GET', '/progress?format=csv&event_type=export')).text());
  assert.equal(csv.length, 3);
  assert.ok(csv[0]?.includes('summary') && csv[0].includes('detail') && csv[0].includes('created_at'));
  const own = await client(['hub:billing:read']);
  const lines = (await (await own('GET', '/progress?format=jsonl&event_type=export')).text()).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { summary: string }).summary),
    ['note for billing'],
  );
  const filtered = await (await admin('GET', '/progress?hub=probe&event_type=export')).json();
  assert.equal((filtered as { items: unknown[] }).items.length, 1);
});
