// npm run screenshots [-- folder]: every page of the hub, with the data of a real demo, at three widths, light and dark.
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { firstSignIn, openBrowser } from '../hub/browser.ts';
import { keptDemo } from '../hub/keptDemo.ts';

const folder = resolve(process.argv[2] ?? 'screenshots');
const widths = [390, 820, 1440];
const publicPages = ['/', '/capabilities', '/login', '/docs'];
/** Pages whose first link leads to a page of one record. */
const listsOfRecords = ['/triage', '/interactions', '/releases', '/approvals', '/workplans'];

/** Every place of the menu, and one record of each kind that there is. */
async function pagesOf(page: Page, url: string): Promise<string[]> {
  await page.goto(`${url}/deployments`);
  const places = await page.locator('nav.places a').evaluateAll((links) => links.map((a) => a.getAttribute('href')));
  const records: (string | null)[] = [];
  for (const list of listsOfRecords) {
    await page.goto(url + list);
    const first = page.locator('main [data-row] td.grow a').first();
    if ((await first.count()) > 0) records.push(await first.getAttribute('href'));
  }
  await page.goto(`${url}/search?q=probe`);
  return [...places, ...records, '/search?q=probe'].filter((path) => path !== null);
}

function nameOf(path: string): string {
  const words = path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, 'one').replaceAll(/[^a-z0-9]+/gi, '-');
  return words.replace(/^-|-$/g, '') || 'landing';
}

async function shoot(page: Page, url: string, paths: readonly string[], into: string): Promise<void> {
  await mkdir(into, { recursive: true });
  for (const path of paths) {
    await page.goto(url + path);
    if (path === '/docs') await page.locator('.opblock-tag').first().waitFor();
    await page.screenshot({ path: join(into, `${nameOf(path)}.png`), fullPage: true });
  }
}

const demo = await keptDemo();
const browser = await openBrowser();
try {
  const { url, link } = demo.hub;
  const cookies = await firstSignIn(browser, link);
  let paths: string[] | undefined;
  for (const width of widths) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
      const page = await context.newPage();
      const into = join(folder, `${width}-${colorScheme}`);
      await shoot(page, url, publicPages, into);
      await context.addCookies(cookies);
      paths ??= await pagesOf(page, url);
      await shoot(page, url, paths, into);
      await context.close();
      console.log(`${into}: ${publicPages.length + paths.length} pages`);
    }
  }
} finally {
  await browser.close();
  await demo.down();
}
