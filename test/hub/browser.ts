import { type Browser, type BrowserContext, chromium } from 'playwright-core';

/** Debian's chromium; its sandbox does not work for root. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', chromiumSandbox: process.getuid?.() !== 0 });
}

/** Opens the one-time link of a hub as its first administrator would. @returns the cookies of the session */
export async function firstSignIn(
  browser: Browser,
  link: string,
): Promise<Awaited<ReturnType<BrowserContext['cookies']>>> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(link);
  await page.getByLabel('E-mail address').fill('ada@example.org');
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('Password').fill('a sentence is easiest to keep in mind');
  await page.getByRole('button', { name: 'Create the account' }).click();
  await page.waitForURL('**/deployments');
  const cookies = await context.cookies();
  await context.close();
  return cookies;
}
