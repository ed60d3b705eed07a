import { type Context, Hono } from 'hono';
import { readText } from '../api/jsonBody.ts';
import { Problem, problemOf } from '../api/problem.ts';
import { clearSessionCookie, sessionCookie } from '../auth/cookie.ts';
import { mayAct, type Role } from '../auth/roles.ts';
import { isSameOrigin } from '../auth/sameOrigin.ts';
import { csrfToken, isCsrfToken, sessionUser } from '../auth/sessions.ts';
import type { Deps } from '../deps.ts';
import type { HubEnv } from '../http/env.ts';
import { waitingCounts } from '../queries/waitingCounts.ts';
import { html } from '../ui/html.ts';
import { frame } from './frame.ts';
import { noticeOf } from './notices.ts';
import type { Action, Page, PageContent, PageRequest } from './page.ts';

const formLimitBytes = 128 * 1024;

/** Puts pages and actions behind the login, each with the role it needs; forms only from the hub's own pages. */
export function mountPages(deps: Deps, pages: readonly Page[], actions: readonly Action[]): Hono<HubEnv> {
  const app = new Hono<HubEnv>();
  for (const page of pages) {
    app.get(page.path, (c) => guarded(deps, c, page.role, (request) => page.render(request)));
  }
  for (const action of actions) {
    app.post(action.path, (c) =>
      guarded(deps, c, action.role, async (request, token) => action.handle(request, await readForm(request, token))),
    );
  }
  return app;
}

type Work = (request: PageRequest, token: string) => Promise<PageContent | Response>;

async function guarded(deps: Deps, c: Context<HubEnv>, role: Role, work: Work): Promise<Response> {
  const now = deps.clock();
  const token = sessionCookie(c, deps.config);
  const use = c.req.header('x-live-update') === undefined ? 'by a person' : 'by itself';
  const user = token === undefined ? undefined : await sessionUser(deps.database, token, now, use);
  if (token === undefined || !user) return toLogin(deps, c);
  const csrf = csrfToken(deps.sessionSecret, token);
  const url = new URL(c.req.url);
  const request: PageRequest = { c, deps, user, csrf, url, now, params: c.req.param() };
  // A page of someone's session is for nobody else's cache, and not for the back button after signing out.
  c.header('Cache-Control', 'no-store');
  if (!mayAct(user.role, role)) {
    return show(request, failure('You may not do this', `It needs the role ${role}; yours is ${user.role}.`), 403);
  }
  try {
    const result = await work(request, token);
    return result instanceof Response ? result : show(request, result, result.status ?? 200);
  } catch (error) {
    const problem = problemOf(error);
    if (!problem) c.get('logger')().error({ err: error }, 'page failed');
    const words = problem?.message ?? 'Something went wrong here; the operator finds it in the log.';
    return show(request, failure(problem ? 'That did not work' : 'The hub failed', words), problem?.status ?? 500);
  }
}

async function show({ c, deps, user, csrf, url, now }: PageRequest, content: PageContent, status: number) {
  const waiting = await waitingCounts(deps.database, now).catch(() => ({ approvals: 0, candidates: 0 }));
  const notice = noticeOf(url);
  return c.html(frame({ content, user, csrf, path: url.pathname, waiting, notice }), status as 200);
}

function failure(title: string, text: string): PageContent {
  return {
    title,
    body: html`<p class="notice danger">${text}</p><p><a href="/deployments">Back to the deployments</a></p>`,
  };
}

export function toLogin(deps: Deps, c: Context<HubEnv>): Response {
  if (sessionCookie(c, deps.config) !== undefined) clearSessionCookie(c, deps.config);
  const url = new URL(c.req.url);
  const next = c.req.method === 'GET' ? `?next=${encodeURIComponent(`${url.pathname}${url.search}`)}` : '';
  return c.redirect(`/login${next}`, 303);
}

/** @throws Problem 403 for a form that no page of this session sent, 415 and 413 as for any body */
async function readForm({ c, deps }: PageRequest, token: string): Promise<URLSearchParams> {
  if (!isSameOrigin(c.req.raw.headers, deps.config.baseUrl)) throw foreign();
  const form = await formOf(c);
  if (!isCsrfToken(deps.sessionSecret, token, form.get('csrf'))) throw foreign();
  return form;
}

export async function formOf(c: Context<HubEnv>): Promise<URLSearchParams> {
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim();
  if (type !== 'application/x-www-form-urlencoded') {
    throw new Problem(415, 'unsupported_type', 'This form came in a form of its own.', 'Use the page.');
  }
  return new URLSearchParams(await readText(c, formLimitBytes));
}

export function foreign(): Problem {
  return new Problem(
    403,
    'foreign_form',
    'This form did not come from a page of your session.',
    'Open the page again.',
  );
}
