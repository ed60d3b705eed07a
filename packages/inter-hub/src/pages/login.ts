import { type Context, Hono } from 'hono';
import { problemOf } from '../api/problem.ts';
import { audit } from '../audit.ts';
import { clearSessionCookie, sessionCookie, setSessionCookie } from '../auth/cookie.ts';
import { verifyPassword } from '../auth/password.ts';
import { isSameOrigin } from '../auth/sameOrigin.ts';
import { beginSession, endSession, isCsrfToken, sessionUser } from '../auth/sessions.ts';
import { hasAdmin } from '../auth/setupLink.ts';
import { succeeded, takeTry } from '../auth/throttle.ts';
import type { Deps } from '../deps.ts';
import type { HubEnv } from '../http/env.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { publicPage } from '../ui/publicPage.ts';
import { foreign, formOf } from './mount.ts';
import { safeNext } from './safeNext.ts';

export function loginRoutes(deps: Deps): Hono<HubEnv> {
  const app = new Hono<HubEnv>();
  app.get('/login', async (c) => {
    const token = sessionCookie(c, deps.config);
    const next = safeNext(c.req.query('next'));
    if (token !== undefined && (await sessionUser(deps.database, token, deps.clock()))) return c.redirect(next, 303);
    c.header('Cache-Control', 'no-store');
    return c.html(loginPage({ next, first: !(await hasAdmin(deps.database)) }));
  });
  app.post('/login', (c) => signIn(deps, c).catch((error: unknown) => refuse(c, error)));
  app.post('/logout', (c) => signOut(deps, c).catch((error: unknown) => refuse(c, error)));
  return app;
}

async function signIn(deps: Deps, c: Context<HubEnv>): Promise<Response> {
  const { database, config } = deps;
  if (!isSameOrigin(c.req.raw.headers, config.baseUrl)) throw foreign();
  const form = await formOf(c);
  const email = (form.get('email') ?? '').trim().slice(0, 254).replaceAll('\0', '');
  const next = safeNext(form.get('next'));
  const address = c.get('address');
  const now = deps.clock();
  const wait = await takeTry(database, email, address, now);
  if (wait > 0) {
    const seconds = Math.ceil(wait / 1000);
    c.header('Retry-After', String(seconds));
    return c.html(loginPage({ next, email, error: `Too many tries. Wait ${seconds} seconds, then try again.` }), 429);
  }
  const [user] = await database.query<{ id: string; password_hash: string | null }>(
    'select id, password_hash from users where lower(email) = lower($1) and disabled_at is null',
    [email],
  );
  const good = await verifyPassword((form.get('password') ?? '').slice(0, 200), user?.password_hash ?? null);
  if (!good || !user) {
    await audit(database, { kind: 'user', name: email, address }, 'login.failed');
    return c.html(loginPage({ next, email, error: 'This e-mail address and password do not belong together.' }), 401);
  }
  await succeeded(database, email, address);
  await startSession(deps, c, user.id);
  await audit(database, { kind: 'user', name: email, address }, 'login', user.id);
  return c.redirect(next, 303);
}

/** Always a new token: one that was there before the login is worth nothing after it. */
export async function startSession(
  { database, config, clock }: Deps,
  c: Context<HubEnv>,
  userId: string,
): Promise<void> {
  const old = sessionCookie(c, config);
  if (old !== undefined) await endSession(database, old);
  const client = { address: c.get('address'), userAgent: c.req.header('user-agent') ?? '', now: clock() };
  setSessionCookie(c, config, await beginSession(database, userId, client));
}

async function signOut(deps: Deps, c: Context<HubEnv>): Promise<Response> {
  const token = sessionCookie(c, deps.config);
  if (token !== undefined) {
    const form = await formOf(c);
    const own = isCsrfToken(deps.sessionSecret, token, form.get('csrf'));
    if (!isSameOrigin(c.req.raw.headers, deps.config.baseUrl) || !own) throw foreign();
    await endSession(deps.database, token);
  }
  clearSessionCookie(c, deps.config);
  return c.redirect('/', 303);
}

export function refuse(c: Context<HubEnv>, error: unknown): Response | Promise<Response> {
  const problem = problemOf(error);
  if (!problem) c.get('logger')().error({ err: error }, 'request failed');
  const words = problem?.message ?? 'Something went wrong here; the operator finds it in the log.';
  const content = html`<section class="narrow"><h1>That did not work</h1><p class="notice danger">${words}</p><p class="mt-4"><a href="/login">Back</a></p></section>`;
  return c.html(publicPage('That did not work', content), (problem?.status ?? 500) as 500);
}

interface Login {
  readonly next: string;
  readonly email?: string;
  readonly error?: string;
  /** Nobody can sign in yet. */
  readonly first?: boolean;
}

function loginPage({ next, email = '', error, first = false }: Login): Html {
  return publicPage(
    'Sign in',
    html`<section class="narrow"><h1>Sign in</h1>
${first ? html`<p class="notice mb-4">Nobody has an account yet. Run <code>inter-hub setup-link</code> where the hub runs: it prints a link for the first administrator.</p>` : nothing}
${error ? html`<p class="notice danger mb-4" role="alert" id="problem">${error}</p>` : nothing}
<form method="post" action="/login" class="form mt-5">
<input type="hidden" name="next" value="${next}">
<div class="field"><label for="email">E-mail address</label><input id="email" name="email" type="email" value="${email}" autocomplete="username" required maxlength="254"${error ? html` aria-describedby="problem"` : nothing}></div>
<div class="field"><label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required maxlength="200"></div>
<button class="button">Sign in</button>
</form></section>`,
  );
}
