import { keyColumns } from '../dashboards/keyColumns.ts';
import { keyState } from '../dashboards/keyState.ts';
import { type KeyRow, keysOfConsumers } from '../queries/keysOfConsumers.ts';
import { actionButton, csrfField } from '../ui/form.ts';
import { type Html, html } from '../ui/html.ts';
import { empty, panel } from '../ui/panel.ts';
import { table } from '../ui/table.ts';
import { count, when } from '../ui/text.ts';
import type { PageRequest } from './page.ts';

/** The keys of programs, and a form for another. */
export async function keyPanel(request: PageRequest, hubs: readonly string[]): Promise<Html> {
  const keys = await keysOfConsumers(request.deps.database);
  return panel({
    id: 'keys',
    title: 'API keys',
    note: 'A key is shown once, when it is made. Only its hash is kept.',
    body: html`${keyTable(keys, request)}${newKey(hubs, request)}`,
  });
}

function keyTable(keys: readonly KeyRow[], { csrf, now }: PageRequest): Html {
  if (keys.length === 0)
    return empty('No keys yet', 'Railiance, a pipeline or any other tool needs one to send events.');
  return table({
    caption: 'API keys',
    rows: keys,
    columns: [
      ...keyColumns(now),
      { title: 'Limit', kind: 'end', cell: (row) => `${count(row.rate_per_minute)} / min` },
      { title: 'Ends', kind: 'tight', cell: (row) => (row.expires_at ? when(row.expires_at, now) : 'never') },
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
<div class="field"><label for="key-days">Ends</label><select id="key-days" name="days" class="w-fit"><option value="">never</option>${[30, 90, 365].map((days) => html`<option value="${days}">in ${days} days</option>`)}</select></div>
<fieldset class="options"><legend>Scopes</legend>${scopes.slice(0, 43).map((scope, index) => html`<label><input type="checkbox" name="scope" value="${scope}"${index === 0 ? html` checked` : ''}> ${scope}</label>`)}</fieldset>
<div><button class="button">Make a key</button></div></form></div>`;
}
