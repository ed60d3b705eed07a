import type { Role } from '../auth/roles.ts';
import { beginSession, csrfToken } from '../auth/sessions.ts';
import { makeSetupLink, useSetupLink } from '../auth/setupLink.ts';
import type { Deps } from '../deps.ts';

export interface Session {
  /** For the Cookie header. */
  readonly cookie: string;
  readonly token: string;
  readonly csrf: string;
  readonly userId: string;
}

export const testPassword = 'correct horse battery staple';

/** An account with a role, and a session of it. */
export async function signIn(deps: Deps, role: Role): Promise<Session> {
  const email = `${role}@example.org`;
  const now = deps.clock();
  const link = await makeSetupLink(deps.database, deps.config.baseUrl, { email, role }, now);
  const setupToken = link.slice(link.lastIndexOf('/') + 1);
  const user = { email, name: role[0]?.toUpperCase() + role.slice(1), password: testPassword };
  const userId = (await useSetupLink(deps.database, setupToken, user, now)) ?? '';
  const token = await beginSession(deps.database, userId, { address: '127.0.0.1', userAgent: 'test', now });
  return { cookie: `hub=${token}`, token, csrf: csrfToken(deps.sessionSecret, token), userId };
}
