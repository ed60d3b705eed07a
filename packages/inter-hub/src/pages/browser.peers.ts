import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { liveHub } from '../testing/liveHub.ts';
import { fillHub } from '../testing/sampleHub.ts';
import { signIn, testPassword } from '../testing/signIn.ts';
import { navigation } from './navigation.ts';

const hub = await liveHub();
const ask = await hub.client(['admin']);
await fillHub(hub.deps, ask);
const session = await signIn(hub.deps, 'admin');
const browser: Browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  chromiumSandbox: process.getuid?.() !== 0,
});
after(() => browser.close());
/** Tests over: what streams say when the hub stops is no fault of a page. */
let over = false;
after(() => {
  over = true;
});

async function open(
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  await context.addCookies([{ name: 'hub', value: session.token, url: hub.url }]);
  const page = await context.newPage();
  page.on('pageerror', (error) => assert.fail(error));
  page.on('console', (message) => {
    const lost = message.location().url.endsWith('/no-such-page');
    assert.ok(over || lost || message.type() !== 'error', message.text());
  });
  return { context, page };
}

async function idOf(table: string): Promise<string> {
  const [row] = await hub.deps.database.query<{ id: string }>(`select id from ${table} order by seq limit 1`);
  return row?.id ?? '';
}

async function everyPage(): Promise<string[]> {
  const candidate = await idOf('requirement_candidates');
  return [
    '/',
    '/capabilities',
    '/login',
    '/no-such-page',
    ...navigation.flatMap(({ places }) => places.map(({ href }) => href)),
    `/triage/${candidate}`,
    `/lineage/candidate/${candidate}`,
    `/approvals/${await idOf('approvals')}`,
    `/interactions/${await idOf('interaction_events')}`,
    `/governance/${await idOf('decision_records')}`,
    `/agent-audit/${await idOf('proposals')}`,
    '/workplans/TEAM-WP-0007',
  ];
}

const colourRules = ['color-contrast', 'link-in-text-block'];
const layoutRules = [...colourRules, 'target-size', 'scrollable-region-focusable', 'aria-hidden-focus', 'label'];

/** @param what of axe's rules: all that WCAG 2.2 AA has, or those that a theme or a width decides */
async function faults(page: Page, what: 'all' | 'colours' | 'layout'): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  const { violations } = await (what === 'all'
    ? axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    : axe.withRules(what === 'colours' ? colourRules : layoutRules)
  ).analyze();
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)} ${nodes[0]?.failureSummary?.slice(0, 200)}`,
  );
}

test('no page has an accessibility fault, in light or dark', async () => {
  const { context, page } = await open({ colorScheme: 'light' });
  for (const path of await everyPage()) {
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(hub.url + path);
    assert.deepEqual(await faults(page, 'all'), [], path);
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.deepEqual(await faults(page, 'colours'), [], `${path} in the dark`);
  }
  await context.close();
});

test('a hub with nothing in it has no fault either', async () => {
  const bare = await liveHub();
  const { token } = await signIn(bare.deps, 'admin');
  const { context, page } = await open({ colorScheme: 'dark', viewport: { width: 390, height: 844 } });
  await context.addCookies([{ name: 'hub', value: token, url: bare.url }]);
  for (const { href } of navigation.flatMap(({ places }) => places)) {
    await page.goto(bare.url + href);
    assert.deepEqual(await faults(page, 'all'), [], href);
  }
  await context.close();
});

test('no page is wider than the screen or loses what a finger or a key needs, at three widths', async () => {
  for (const width of [390, 820, 1440]) {
    const { context, page } = await open({ viewport: { width, height: 900 } });
    for (const path of await everyPage()) {
      await page.goto(hub.url + path);
      const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      assert.ok(Number(over) <= 0, `${path} at ${width}: ${over} px too wide`);
      // A wider one is looked at above.
      if (width < 1000) assert.deepEqual(await faults(page, 'layout'), [], `${path} at ${width}`);
    }
    await context.close();
  }
});

test('without JavaScript: sign in, filter, page and approve', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${hub.url}/governance`);
  await page.getByLabel('E-mail address').fill('admin@example.org');
  await page.getByLabel('Password').fill(testPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Governance' }).waitFor();
  await page.getByLabel('Hub', { exact: true }).selectOption('billing');
  await page.getByRole('button', { name: 'Filter' }).click();
  assert.match(page.url(), /hub=billing/);
  await page.getByRole('link', { name: 'billing on production' }).click();
  await page.getByRole('button', { name: /^Approve/ }).click();
  await page.getByRole('status').getByText('Approved.').waitFor();
  const [row] = await hub.deps.database.query<{ n: number }>(
    `select count(*) as n from approvals where status = 'approved' and tag = 'bada551'`,
  );
  assert.equal(row?.n, 1);
  await context.close();
});

test('an event appears on an open page by itself', async () => {
  const { context, page } = await open();
  await page.goto(`${hub.url}/interactions`);
  await page.getByText('Live', { exact: true }).waitFor();
  await ask('POST', '/progress', { summary: 'Seen without a reload', hub: 'probe' });
  await page.getByRole('link', { name: 'Seen without a reload' }).waitFor({ timeout: 10_000 });
  await context.close();
});

test('by keyboard alone: go to a page, walk its rows, open one, see the keys, search', async () => {
  const { context, page } = await open();
  await page.goto(`${hub.url}/deployments`);
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await page.waitForURL('**/triage');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/triage\/[0-9a-f-]{36}$/);
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await page.waitForURL('**/search');
  await context.close();
});

test('the API reference shows itself under the same policy as every page', async () => {
  const { context, page } = await open();
  await page.goto(`${hub.url}/docs`);
  await page
    .getByText('Send one event or up to 1,000')
    .or(page.getByText('requirement-candidates', { exact: true }))
    .first()
    .waitFor();
  await context.close();
});
