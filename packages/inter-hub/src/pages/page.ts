import type { Context } from 'hono';
import type { Role } from '../auth/roles.ts';
import type { SessionUser } from '../auth/sessions.ts';
import type { Deps } from '../deps.ts';
import type { HubEnv } from '../http/env.ts';
import type { Html } from '../ui/html.ts';

/** A request of someone signed in. */
export interface PageRequest {
  readonly c: Context<HubEnv>;
  readonly deps: Deps;
  readonly user: SessionUser;
  readonly csrf: string;
  readonly url: URL;
  readonly now: Date;
  readonly params: Readonly<Record<string, string>>;
}

/** What a page shows between the frame. */
export interface PageContent {
  readonly title: string;
  readonly intro?: string | Html;
  /** Beside the title. */
  readonly aside?: Html;
  readonly body: Html;
  readonly status?: 200 | 404 | 409 | 422;
}

export interface Page {
  readonly path: string;
  readonly role: Role;
  render(request: PageRequest): Promise<PageContent | Response>;
}

export function definePage(page: Page): Page {
  return page;
}

/** What a form does; it answers with where to go on. */
export interface Action {
  readonly path: string;
  readonly role: Role;
  handle(request: PageRequest, form: URLSearchParams): Promise<Response | PageContent>;
}

export function defineAction(action: Action): Action {
  return action;
}
