import type { Context } from 'hono';
import { sessionCookie } from '../auth/cookie.ts';
import type { Config } from '../config.ts';
import type { HubEnv } from '../http/env.ts';
import { html } from '../ui/html.ts';
import { publicPage } from '../ui/publicPage.ts';

/** An address that leads nowhere, signed in or not. */
export function lostPage(c: Context<HubEnv>, config: Config): Response | Promise<Response> {
  return c.html(words(c, config, 'There is no such page', 'It was moved, or the address is not quite right.'), 404);
}

/** A page that failed before anything else could say so. */
export function brokenPage(c: Context<HubEnv>, config: Config, error: Error): Response | Promise<Response> {
  c.get('logger')().error({ err: error }, 'request failed');
  const hint = 'The operator finds it in the log. Try again in a moment.';
  return c.html(words(c, config, 'The hub failed', `${hint} Request ${c.get('requestId')}`), 500);
}

function words(c: Context<HubEnv>, config: Config, title: string, text: string): ReturnType<typeof publicPage> {
  const signedIn = sessionCookie(c, config) !== undefined;
  const [href, label] = signedIn ? ['/deployments', 'To the deployments'] : ['/', 'To the start'];
  const content = html`<section class="hero"><h1>${title}</h1><p>${text}</p>
<div class="form-row"><a class="button" href="${href}">${label}</a></div></section>`;
  return publicPage(title, content, signedIn);
}
