import { Problem } from '../api/problem.ts';
import { audit } from '../audit.ts';
import { changePassword } from '../auth/changePassword.ts';
import { sessionCookie } from '../auth/cookie.ts';
import { longestPassword, shortestPassword } from '../auth/password.ts';
import { hashToken } from '../auth/sessions.ts';
import { smokeTestEmail } from '../auth/smokeAccess.ts';
import { sessionsOf } from '../queries/sessionsOf.ts';
import { actionButton, csrfField } from '../ui/form.ts';
import { type Html, html } from '../ui/html.ts';
import { panel } from '../ui/panel.ts';
import { table } from '../ui/table.ts';
import { when } from '../ui/text.ts';
import { startSession } from './login.ts';
import { defineAction, type PageRequest } from './page.ts';
import { actorOf } from './settingsActions.ts';

/** What everyone may do for themselves. */
export async function accountPanel(request: PageRequest): Promise<Html> {
  const { deps, user, csrf, now } = request;
  const sessions = await sessionsOf(deps.database, user.id, now);
  const own = ownSession(request);
  return panel({
    id: 'account',
    title: 'You',
    note: `${user.email}, signed in with the role ${user.role}.`,
    ...(sessions.length > 1 && {
      actions: actionButton({ action: '/settings/sessions/end', csrf, label: 'Sign out everywhere else' }),
    }),
    body: html`${table({
      caption: 'Where you are signed in',
      rows: sessions,
      columns: [
        { title: 'Signed in', kind: 'tight', cell: (row) => when(row.created_at, now) },
        {
          title: 'With',
          kind: 'grow',
          cell: (row) => (row.id === own ? html`${row.user_agent || '–'}<p>this one</p>` : row.user_agent || '–'),
        },
        { title: 'From', kind: 'tight', cell: (row) => row.address ?? '–' },
        { title: 'Last used', kind: 'tight', cell: (row) => when(row.seen_at, now) },
      ],
    })}<div class="body"><form method="post" action="/settings/password" class="form-row">${csrfField(csrf)}
<input type="hidden" name="username" value="${user.email}" autocomplete="username">
<div class="field"><label for="current-password">Password now</label><input id="current-password" name="current" type="password" autocomplete="current-password" required maxlength="${longestPassword}"></div>
<div class="field"><label for="new-password">New password, at least ${shortestPassword} characters</label><input id="new-password" name="wanted" type="password" autocomplete="new-password" required minlength="${shortestPassword}" maxlength="${longestPassword}" size="30"></div>
<button class="button">Change the password</button></form></div>`,
  });
}

/** As `sessionsOf` names it. */
function ownSession({ c, deps }: PageRequest): string {
  return hashToken(sessionCookie(c, deps.config) ?? '').toString('hex');
}

export const setPassword = defineAction({
  path: '/settings/password',
  role: 'viewer',
  handle: async (request, form) => {
    const { c, deps, user, now } = request;
    if (user.email === smokeTestEmail) throw refused('The smoke test has its password from HUB_SMOKE_KEY.');
    const [current, wanted] = [form.get('current') ?? '', form.get('wanted') ?? ''];
    if (wanted.length < shortestPassword || wanted.length > longestPassword) {
      throw refused(`A password has ${shortestPassword} to ${longestPassword} characters.`);
    }
    const change = { userId: user.id, current: current.slice(0, longestPassword), wanted };
    const result = await changePassword(deps.database, change, actorOf(request), now);
    if (result === 'wrong') throw refused('That is not your password now.');
    if (result !== 'changed')
      throw refused(`Too many tries. Wait ${Math.ceil(result / 1000)} seconds, then try again.`);
    await startSession(deps, c, user.id);
    return c.redirect('/settings?done=password', 303);
  },
});

export const endOtherSessions = defineAction({
  path: '/settings/sessions/end',
  role: 'viewer',
  handle: async (request) => {
    const { c, deps, user } = request;
    await deps.database.transaction(async (db) => {
      await db.query(`delete from sessions where user_id = $1 and encode(token_sha256, 'hex') <> $2`, [
        user.id,
        ownSession(request),
      ]);
      await audit(db, actorOf(request), 'user.sign-out', user.id);
    });
    return c.redirect('/settings?done=signed-out', 303);
  },
});

function refused(detail: string): Problem {
  return new Problem(422, 'invalid_password', detail, 'Go back and try again.');
}
