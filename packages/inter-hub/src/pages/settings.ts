import { mayAct, roles } from '../auth/roles.ts';
import { keyState } from '../dashboards/keyState.ts';
import { hubSlugs } from '../queries/hubSlugs.ts';
import { type KeyRow, keysOfConsumers } from '../queries/keysOfConsumers.ts';
import { type UserRow, usersList } from '../queries/usersList.ts';
import { actionButton, csrfField } from '../ui/form.ts';
import { type Html, html } from '../ui/html.ts';
import { empty, panel } from '../ui/panel.ts';
import { signal, tag } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { count, when } from '../ui/text.ts';
import { auditPanel } from './auditPanel.ts';
import { definePage, type PageRequest } from './page.ts';
import { webhookPanel } from './webhookSettings.ts';

export const settingsPage = definePage({
  path: '/settings',
  role: 'viewer',
  render: async (request) => {
    const { deps, user } = request;
    if (!mayAct(user.role, 'admin')) {
      return {
        title: 'Settings',
        intro: `You are signed in as ${user.email} with the role ${user.role}. Users, keys and the audit log are for administrators.`,
        body: html`<p class="notice">Ask an administrator for another role, a key, or a new set-up link.</p>`,
      };
    }
    const [users, keys, hubs] = await Promise.all([
      usersList(deps.database),
      keysOfConsumers(deps.database),
      hubSlugs(deps.database),
    ]);
    return {
      title: 'Settings',
      intro: 'Who may do what, and who did.',
      body: html`${panel({ id: 'users', title: 'People', body: html`${userTable(users, request)}${invite(request)}` })}
${panel({ id: 'keys', title: 'API keys', note: 'A key is shown once, when it is made. Only its hash is kept.', body: html`${keyTable(keys, request)}${newKey(hubs, request)}` })}
${await webhookPanel(request, hubs)}
${await auditPanel(request)}`,
    };
  },
});

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

function invite({ csrf }: PageRequest): Html {
  return html`<div class="body"><form method="post" action="/settings/users" class="form-row">${csrfField(csrf)}
<div class="field"><label for="invite-email">E-mail address</label><input id="invite-email" name="email" type="email" required maxlength="254"></div>
<div class="field"><label for="invite-role">Role</label><select id="invite-role" name="role">${roles.map((role) => html`<option>${role}</option>`)}</select></div>
<button class="button">Make a set-up link</button></form></div>`;
}

function keyTable(keys: readonly KeyRow[], { csrf, now }: PageRequest): Html {
  if (keys.length === 0)
    return empty('No keys yet', 'Railiance, a pipeline or any other tool needs one to send events.');
  return table({
    caption: 'API keys',
    rows: keys,
    columns: [
      { title: 'State', kind: 'tight', cell: (row) => signal(keyState(row, now)) },
      { title: 'Consumer', kind: 'grow', cell: (row) => row.consumer },
      { title: 'Key', kind: 'tight', cell: (row) => html`<code>${row.prefix}…</code>` },
      { title: 'Scopes', cell: (row) => html`${row.scopes.map((scope) => html`${tag(scope)} `)}` },
      { title: 'Limit', kind: 'end', cell: (row) => `${count(row.rate_per_minute)} / min` },
      { title: 'Last used', kind: 'tight', cell: (row) => when(row.last_used_at, now) },
      { title: 'Made', kind: 'tight', cell: (row) => html`${when(row.created_at, now)}<p>${row.created_by}</p>` },
      {
        title: 'Change',
        kind: 'tight',
        cell: (row) =>
          keyState(row, now) === 'active'
            ? actionButton({
                action: `/settings/keys/${row.id}/revoke`,
                csrf,
                label: 'Revoke',
                tone: 'danger',
                about: `${row.prefix} of ${row.consumer}`,
              })
            : '–',
      },
    ],
  });
}

function newKey(hubs: readonly string[], { csrf }: PageRequest): Html {
  const scopes = [
    'hub:*:write',
    'framework:read',
    'admin',
    ...hubs.flatMap((slug) => [`hub:${slug}:write`, `hub:${slug}:read`]),
  ];
  return html`<div class="body"><form method="post" action="/settings/keys" class="grid grid-cols-1 gap-4">${csrfField(csrf)}
<div class="field"><label for="consumer">Consumer</label><input id="consumer" name="consumer" required maxlength="100" placeholder="railiance" class="max-w-sm"></div>
<fieldset class="options"><legend>Scopes</legend>${scopes.slice(0, 43).map((scope, index) => html`<label><input type="checkbox" name="scope" value="${scope}"${index === 0 ? html` checked` : ''}> ${scope}</label>`)}</fieldset>
<div><button class="button">Make a key</button></div></form></div>`;
}
