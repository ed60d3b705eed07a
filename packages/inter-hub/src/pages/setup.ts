import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { longestPassword, shortestPassword } from '../auth/password.ts';
import { isSameOrigin } from '../auth/sameOrigin.ts';
import { findSetupLink, type SetupLink, useSetupLink } from '../auth/setupLink.ts';
import type { Deps } from '../deps.ts';
import type { HubEnv } from '../http/env.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { publicPage } from '../ui/publicPage.ts';
import { refuse, startSession } from './login.ts';
import { foreign, formOf } from './mount.ts';

const newUser = z.object({
  email: z.email('is not an e-mail address').max(254),
  name: z
    .string()
    .trim()
    .min(1, 'is missing')
    .max(100)
    .regex(/^[^\0]*$/),
  password: z.string().min(shortestPassword, `needs at least ${shortestPassword} characters`).max(longestPassword),
});

/** The page behind a one-time link, where a person chooses a password. */
export function setupRoutes(deps: Deps): Hono<HubEnv> {
  const app = new Hono<HubEnv>();
  app.get('/setup/:token', async (c) => {
    c.header('Cache-Control', 'no-store');
    const link = await findSetupLink(deps.database, c.req.param('token'), deps.clock());
    return link ? c.html(setupPage(link, {})) : c.html(usedPage(), 404);
  });
  app.post('/setup/:token', (c) => setUp(deps, c, c.req.param('token')).catch((error: unknown) => refuse(c, error)));
  return app;
}

async function setUp(deps: Deps, c: Context<HubEnv>, token: string): Promise<Response> {
  if (!isSameOrigin(c.req.raw.headers, deps.config.baseUrl)) throw foreign();
  c.header('Cache-Control', 'no-store');
  const link = await findSetupLink(deps.database, token, deps.clock());
  if (!link) return c.html(usedPage(), 404);
  const given = Object.fromEntries(await formOf(c));
  const parsed = newUser.safeParse({ ...given, email: link.email ?? given.email });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return c.html(setupPage(link, { ...given, error: `${issue?.path.join('.')} ${issue?.message}` }), 422);
  }
  const user = { ...parsed.data, address: c.get('address') };
  const userId = await useSetupLink(deps.database, token, user, deps.clock());
  if (userId === undefined) return c.html(usedPage(), 404);
  await startSession(deps, c, userId);
  return c.redirect('/deployments', 303);
}

function setupPage(link: SetupLink, given: { email?: string; name?: string; error?: string }): Html {
  return publicPage(
    'Set up your account',
    html`<section class="narrow"><h1>Set up your account</h1>
<p class="muted">You get the role ${link.role}. This link works once.</p>
${given.error ? html`<p class="notice danger mt-4" role="alert">${given.error}</p>` : nothing}
<form method="post" class="form mt-5">
<div class="field"><label for="email">E-mail address</label>${
      link.email === null
        ? html`<input id="email" name="email" type="email" value="${given.email ?? ''}" autocomplete="username" required maxlength="254">`
        : html`<input id="email" name="email" type="email" value="${link.email}" autocomplete="username" readonly>`
    }</div>
<div class="field"><label for="name">Your name</label><input id="name" name="name" value="${given.name ?? ''}" autocomplete="name" required maxlength="100"></div>
<div class="field"><label for="password">Password</label><input id="password" name="password" type="password" autocomplete="new-password" required minlength="${shortestPassword}" maxlength="${longestPassword}" aria-describedby="password-help"><span class="help" id="password-help">At least ${shortestPassword} characters. A sentence is easiest to keep in mind.</span></div>
<button class="button">Create the account</button>
</form></section>`,
  );
}

function usedPage(): Html {
  return publicPage(
    'This link does not work',
    html`<section class="narrow"><h1>This link does not work</h1>
<p>It was used already, or it is older than a day. An administrator can make a new one; on the machine of the hub, <code>inter-hub setup-link</code> does.</p></section>`,
  );
}
