import { roles } from '../auth/roles.ts';
import { type InvitationRow, invitationsList } from '../queries/invitationsList.ts';
import { type UserRow, usersList } from '../queries/usersList.ts';
import { actionButton, csrfField } from '../ui/form.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { panel } from '../ui/panel.ts';
import { signal, tag } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { when } from '../ui/text.ts';
import type { PageRequest } from './page.ts';

/** Who has an account, and who was asked to come. */
export async function peoplePanel(request: PageRequest): Promise<Html> {
  const { database } = request.deps;
  const [users, invited] = await Promise.all([usersList(database), invitationsList(database, request.now)]);
  return panel({
    id: 'users',
    title: 'People',
    body: html`${userTable(users, request)}${invited.length > 0 ? invitationTable(invited, request) : nothing}${invite(request)}`,
  });
}

function userTable(users: readonly UserRow[], { user: self, csrf, now }: PageRequest): Html {
  return table({
    caption: 'People',
    rows: users,
    columns: [
      {
        title: 'State',
        kind: 'tight',
        cell: (row) => (row.disabled_at ? signal('disabled', 'idle') : signal('active')),
      },
      { title: 'Name', kind: 'grow', cell: (row) => html`${row.name}<p>${row.email}</p>` },
      { title: 'Role', kind: 'tight', cell: (row) => tag(row.role) },
      { title: 'Seen', kind: 'tight', cell: (row) => when(row.seen_at, now) },
      {
        title: 'Change',
        kind: 'tight',
        cell: (row) =>
          row.id === self.id
            ? html`<span class="muted">yourself</span>`
            : html`<div class="buttons"><form method="post" action="/settings/users/${row.id}/role">${csrfField(csrf)}<label class="visually-hidden" for="role-${row.id}">Role of ${row.name}</label><select id="role-${row.id}" name="role">${roles.map((role) => html`<option${role === row.role ? html` selected` : ''}>${role}</option>`)}</select><button class="button small quiet">Set role<span class="visually-hidden"> of ${row.name}</span></button></form> ${actionButton(
                {
                  action: `/settings/users/${row.id}/${row.disabled_at ? 'enable' : 'disable'}`,
                  csrf,
                  label: row.disabled_at ? 'Enable' : 'Disable',
                  tone: row.disabled_at ? 'quiet' : 'danger',
                  about: row.name,
                },
              )}</div>`,
      },
    ],
  });
}

function invitationTable(rows: readonly InvitationRow[], { csrf, now }: PageRequest): Html {
  return table({
    caption: 'Set-up links that were not used yet',
    rows,
    columns: [
      { title: 'State', kind: 'tight', cell: () => signal('invited', 'caution') },
      { title: 'For', kind: 'grow', cell: (row) => row.email },
      { title: 'Role', kind: 'tight', cell: (row) => tag(row.role) },
      { title: 'Ends', kind: 'tight', cell: (row) => when(row.expires_at, now) },
      {
        title: 'Change',
        kind: 'tight',
        cell: ({ email }) =>
          actionButton({
            action: '/settings/invitations/withdraw',
            csrf,
            label: 'Withdraw',
            tone: 'danger',
            fields: { email },
            about: `the link for ${email}`,
          }),
      },
    ],
  });
}

function invite({ csrf }: PageRequest): Html {
  return html`<div class="body"><form method="post" action="/settings/users" class="form-row">${csrfField(csrf)}
<div class="field"><label for="invite-email">E-mail address</label><input id="invite-email" name="email" type="email" required maxlength="254"></div>
<div class="field"><label for="invite-role">Role</label><select id="invite-role" name="role">${roles.map((role) => html`<option>${role}</option>`)}</select></div>
<button class="button">Make a set-up link</button></form></div>`;
}
