import type { Context } from 'hono';
import { sessionCookie } from '../auth/cookie.ts';
import { sessionUser } from '../auth/sessions.ts';
import type { Deps } from '../deps.ts';
import type { HubEnv } from '../http/env.ts';
import { eventStream, streamHeaders } from './eventStream.ts';
import { defineFrame } from './frame.ts';

const frame = defineFrame(({ hub, type, summary }) => ({ hub, type, summary }), 'change');

/** The stream behind live pages: that something changed, and what kind; the page then asks for itself again. */
export async function liveRoute(deps: Deps, c: Context<HubEnv>): Promise<Response> {
  const token = sessionCookie(c, deps.config);
  const isAllowed = async () =>
    token !== undefined && (await sessionUser(deps.database, token, deps.clock(), 'by itself')) !== undefined;
  if (!(await isAllowed())) return c.body(null, 401);
  const last = Number(c.req.header('last-event-id'));
  const stream = await eventStream({
    ...deps,
    db: deps.database,
    after: Number.isSafeInteger(last) && last > 0 ? last : undefined,
    wants: () => true,
    isAllowed,
    frame,
  });
  return c.body(stream, 200, streamHeaders);
}
