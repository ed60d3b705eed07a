import { mayAct } from '../auth/roles.ts';
import { deliveriesList, type WebhookDeliveryRow } from '../queries/deliveriesList.ts';
import { webhooksList } from '../queries/webhooksList.ts';
import { actionButton } from '../ui/form.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { empty, panel } from '../ui/panel.ts';
import { signal, tag } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { count, duration, when } from '../ui/text.ts';
import type { DashboardRequest } from './dashboard.ts';

const shown = 30;

/** Who is told of events, and how that goes. Of an address only the host: its path may be the receiver's secret. */
export async function webhookPanels(request: DashboardRequest): Promise<Html> {
  const { db, now } = request;
  const [hooks, deliveries] = await Promise.all([webhooksList(db), deliveriesList(db, shown)]);
  return html`${panel({
    id: 'webhooks',
    title: 'Webhooks',
    body:
      hooks.length > 0
        ? table({
            caption: 'Webhooks',
            rows: hooks,
            columns: [
              { title: 'State', kind: 'tight', cell: (row) => signal(row.status) },
              {
                title: 'Receiver',
                kind: 'grow',
                cell: (row) =>
                  html`${new URL(row.url).host}${row.status === 'paused' && row.paused_because ? html`<p>${row.paused_because}</p>` : nothing}`,
              },
              { title: 'Hub', kind: 'tight', cell: (row) => row.hub ?? 'all' },
              {
                title: 'Types',
                cell: (row) => (row.types.length > 0 ? html`${row.types.map((one) => html`${tag(one)} `)}` : 'all'),
              },
              { title: 'Waiting', kind: 'end', cell: (row) => count(row.waiting) },
              { title: 'Failed', kind: 'end', cell: (row) => count(row.failed) },
              { title: 'Delivered', kind: 'tight', cell: (row) => when(row.delivered_at, now) },
            ],
          })
        : empty('No webhooks yet', html`An administrator adds them in <a href="/settings#webhooks">Settings</a>.`),
  })}
${deliveries.length > 0 ? deliveryPanel(deliveries, request) : nothing}`;
}

function deliveryPanel(rows: readonly WebhookDeliveryRow[], { now, user, csrf }: DashboardRequest): Html {
  return panel({
    id: 'deliveries',
    title: 'Deliveries',
    note: 'Those that failed or are tried again first, then the newest. They are kept for 30 days.',
    body: table({
      caption: 'Deliveries to webhooks',
      rows,
      columns: [
        { title: 'State', kind: 'tight', cell: (row) => stateOf(row) },
        {
          title: 'Message',
          kind: 'grow',
          cell: (row) => html`${row.type ?? 'Test'}<p>to ${new URL(row.url).host}</p>`,
        },
        { title: 'Answer', kind: 'tight', cell: (row) => row.error ?? row.answer ?? '–' },
        { title: 'Attempts', kind: 'end', cell: (row) => count(row.attempts) },
        { title: 'Took', kind: 'end', cell: (row) => duration(row.took_ms) },
        { title: 'When', kind: 'tight', cell: (row) => when(row.finished_at ?? row.created_at, now) },
        {
          title: 'Next',
          kind: 'tight',
          cell: (row) => {
            if (row.status === 'waiting') return when(row.next_at, now);
            if (row.status !== 'failed' || row.event_seq === null || !mayAct(user.role, 'admin')) return '–';
            const action = `/settings/webhooks/deliveries/${row.id}/again`;
            return actionButton({ action, csrf, label: 'Send again', about: row.type ?? '' });
          },
        },
      ],
    }),
  });
}

function stateOf({ status, attempts }: WebhookDeliveryRow): Html {
  return status === 'waiting' && attempts > 0 ? signal('retrying', 'caution') : signal(status);
}
