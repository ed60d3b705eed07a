import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import pg from 'pg';
import type { Page } from 'playwright-core';

import { firstSignIn, openBrowser } from './hub/browser.ts';
import { commit, keptDemo, railiance } from './hub/keptDemo.ts';

/** The hub as railiance deployed it, filled by the probe's runs and by nothing else, in a real browser. */
const demo = await keptDemo();
const browser = await openBrowser();
const cookies = await firstSignIn(browser, demo.hub.link);

const printUrl = 'process.stdout.write(process.env.DATABASE_URL)';
const { stdout: connectionString } = await railiance(demo, 'inter-hub', 'exec', '--', 'node', '-e', printUrl);
const database = new pg.Client({ connectionString });
await database.connect();
after(async () => {
  await database.end();
  await browser.close();
  await demo.down();
});

async function counted(sql: string): Promise<number> {
  const { rows } = await database.query<{ n: string }>(sql);
  return Number(rows[0]?.n);
}

async function open(path: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  await context.addCookies(cookies);
  const page = await context.newPage();
  await page.goto(demo.hub.url + path);
  return page;
}

async function figure(page: Page, label: string): Promise<string> {
  const value = page.locator('.figures > div').filter({ has: page.locator(`dt:text-is("${label}")`) });
  return (await value.locator('dd.value').innerText()).trim();
}

const failures = `from interaction_events where outcome in ('failure', 'error')`;
const inProduction = `from deployment_records where stage = 'production' and kind <> 'rollback'`;

/** Dashboard → figure → what it must be. */
const figures: readonly (readonly [path: string, label: string, sql: string])[] = [
  ['/interactions', 'In 7 days', 'select count(*) as n from interaction_events'],
  ['/interactions', 'Failed', `select count(*) as n ${failures}`],
  ['/triage', 'Open', `select count(*) as n from requirement_candidates where status = 'open'`],
  ['/triage', 'Weight', 'select sum(weight) as n from requirement_candidates'],
  ['/triage', 'New annotations', 'select count(*) as n from annotations'],
  ['/governance', 'Waiting for a yes', `select count(*) as n from approvals where status = 'waiting'`],
  ['/governance', 'Exceptions', `select count(*) as n from decision_records where kind = 'exception'`],
  [
    '/deployments',
    'Change failure rate',
    `select round(100.0 * count(*) filter (where status <> 'succeeded') / count(*)) as n ${inProduction}`,
  ],
  ['/operations', 'Hubs', 'select count(*) as n from hubs'],
  ['/operations', 'Running now', `select count(*) as n from runs where status = 'running'`],
  ['/api', 'Keys in use', 'select count(*) as n from api_keys where revoked_at is null'],
];
for (const [path, label, sql] of figures) {
  test(`${path}: "${label}" is what the database counts`, async () => {
    const page = await open(path);
    assert.equal((await figure(page, label)).replace(/ %$/, ''), String(await counted(sql)));
    await page.context().close();
  });
}

test('the rows of each list are the records of the database', async () => {
  const page = await open('/deployments');
  assert.equal(await page.locator('#runs [data-row]').count(), await counted('select count(*) as n from runs'));
  const stations = `select count(*) as n from (select distinct hub_id, stage from deployment_records) s`;
  assert.equal(await page.locator('#board .station').count(), await counted(stations));
  await page.goto(`${demo.hub.url}/triage`);
  const candidates = 'select count(*) as n from requirement_candidates';
  assert.equal(await page.locator('#candidates [data-row]').count(), await counted(candidates));
  await page.goto(`${demo.hub.url}/releases`);
  const releases = 'select count(*) as n from deployment_records';
  assert.equal(await page.locator('main [data-row]').count(), await counted(releases));
  await page.context().close();
});

test('the requests of the API dashboard are those that were counted', async () => {
  const page = await open('/api');
  const shown = async () => Number((await figure(page, 'Requests')).replaceAll(',', ''));
  const stored = () => counted('select sum(requests) as n from api_requests');
  // Counted every few seconds, so both are read until nothing came in between.
  for (let tries = 0; tries < 5; tries += 1) {
    const before = await stored();
    await page.reload();
    const seen = await shown();
    if (before === (await stored())) return assert.equal(seen, before);
  }
  assert.fail('requests came all the time');
});

test('from a failure its lineage leads to the release that mended it', async () => {
  const page = await open('/triage');
  await page.getByRole('link', { name: /smoke-candidate on canary/ }).click();
  await page.getByRole('link', { name: 'Lineage' }).last().click();
  const kinds = await page.locator('.chain .kind').allInnerTexts();
  for (const kind of ['interaction', 'annotation', 'candidate', 'deployment'])
    assert.ok(
      kinds.some((text) => text.startsWith(`${kind} ·`)),
      `${kind} in ${kinds.join('; ')}`,
    );
  await page.getByText('followed by this').first().waitFor();
  await page.context().close();
});

test('a yes by keyboard alone: the promotion that waits for it is carried out, and the open board shows it', async () => {
  await commit(demo, 'probe', 'blueprint.toml', (text) =>
    text.replace(/$/, '\n').replace('production = true', 'production = true\napproval = true'),
  );
  const board = await open('/deployments');
  await board.getByText('Live', { exact: true }).waitFor();
  const waiting = railiance(demo, 'probe', 'promote', '--wait', '90s');

  const page = await open('/interactions');
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await page.waitForURL('**/approvals');
  await page.locator('main [data-row]').first().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/approvals\/[0-9a-f-]{36}$/);
  const focused = `document.activeElement.textContent.startsWith('Approve ')`;
  for (let presses = 0; presses < 60 && !(await page.evaluate(focused)); presses += 1) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText('Approved.').waitFor();

  const { exitCode, stderr } = await waiting;
  assert.equal(exitCode, 0, stderr);
  const production = board.locator('#board .station').filter({ hasText: 'production' });
  await production.getByText('release 4').waitFor({ timeout: 20_000 });
  assert.equal(await counted(`select count(*) as n from approvals where status = 'approved'`), 1);
  await board.context().close();
  await page.context().close();
});

test('another version of the hub takes over beside the old one, and goes back: sessions, streams and records stay', async () => {
  const page = await open('/interactions');
  await page.getByText('Live', { exact: true }).waitFor();
  const before = await counted('select count(*) as n from interaction_events');

  await commit(demo, 'inter-hub', 'app.toml', (text) =>
    text.replace('criticality = "high"', 'criticality = "high"\nowner = "ops"'),
  );
  for (const words of [['deploy'], ['restart'], ['rollback']]) {
    const { exitCode, stderr } = await railiance(demo, 'inter-hub', ...words, '--yes');
    assert.equal(exitCode, 0, stderr);
  }

  assert.equal(await counted('select count(*) as n from interaction_events'), before);
  // The page was never loaded again: its stream has found the instance that serves now.
  const { exitCode, stderr } = await railiance(demo, 'probe', 'restart', '--stage', 'canary');
  assert.equal(exitCode, 0, stderr);
  await page.getByRole('link', { name: /^restart probe → canary succeeded/ }).waitFor({ timeout: 20_000 });
  await page.reload();
  assert.equal(new URL(page.url()).pathname, '/interactions', 'still signed in');
  await page.context().close();
});
