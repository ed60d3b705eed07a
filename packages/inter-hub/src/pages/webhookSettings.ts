import { type WebhookRow, webhooksList } from '../queries/webhooksList.ts';
import { actionButton, csrfField } from '../ui/form.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { empty, panel } from '../ui/panel.ts';
import { signal, tag } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { when } from '../ui/text.ts';
import type { PageRequest } from './page.ts';

/** Where administrators say who is told of events. */
export async function webhookPanel(request: PageRequest, hubs: readonly string[]): Promise<Html> {
  const hooks = await webhooksList(request.deps.database);
  return panel({
    id: 'webhooks',
    title: 'Webhooks',
    note: html`Addresses that are told of events, each message signed. What became of them is under <a href="/api#deliveries">API</a>.`,
    body: html`${hooks.length > 0 ? hookTable(hooks, request) : empty('No webhooks yet', 'A chat, a pager or any other program can be told of what happens here.')}${newHook(hubs, request)}`,
  });
}

function hookTable(hooks: readonly WebhookRow[], { csrf, now }: PageRequest): Html {
  return table({
    caption: 'Webhooks',
    rows: hooks,
    columns: [
      { title: 'State', kind: 'tight', cell: (row) => signal(row.status) },
      {
        title: 'Address',
        kind: 'grow',
        cell: (row) =>
          html`<span class="address">${row.url}</span>${row.paused_because && row.status === 'paused' ? html`<p>${row.paused_because}</p>` : nothing}`,
      },
      { title: 'Hub', kind: 'tight', cell: (row) => row.hub ?? 'all' },
      {
        title: 'Types',
        cell: (row) => (row.types.length > 0 ? html`${row.types.map((one) => html`${tag(one)} `)}` : 'all'),
      },
      { title: 'Delivered', kind: 'tight', cell: (row) => when(row.delivered_at, now) },
      { title: 'Change', kind: 'tight', cell: (row) => html`<div class="buttons">${buttons(row, csrf)}</div>` },
    ],
  });
}

function buttons({ id, url, status }: WebhookRow, csrf: string): readonly Html[] {
  const about = `for ${new URL(url).host}`;
  const button = (name: string, label: string, tone: 'quiet' | 'danger' = 'quiet') =>
    actionButton({ action: `/settings/webhooks/${id}/${name}`, csrf, label, tone, about });
  return status === 'active'
    ? [button('test', 'Send a test'), button('secret', 'New secret'), button('pause', 'Pause', 'danger')]
    : [button('resume', 'Resume')];
}

function newHook(hubs: readonly string[], { csrf }: PageRequest): Html {
  return html`<div class="body"><form method="post" action="/settings/webhooks" class="form-row">${csrfField(csrf)}
<div class="field"><label for="hook-url">Address</label><input id="hook-url" name="url" type="url" required maxlength="2000" placeholder="https://chat.example.org/hooks/…" size="34"></div>
<div class="field"><label for="hook-hub">Hub</label><select id="hook-hub" name="hub"><option value="">All hubs</option>${hubs.map((slug) => html`<option>${slug}</option>`)}</select></div>
<div class="field"><label for="hook-types">Types, by commas; none for all</label><input id="hook-types" name="types" maxlength="2000" placeholder="inter-hub.approval.*" size="26"></div>
<button class="button">Add the webhook</button></form></div>`;
}
