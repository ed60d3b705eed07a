import { notFound } from '../api/mount.ts';
import { findInteraction } from '../queries/findInteraction.ts';
import { html, nothing } from '../ui/html.ts';
import { panel } from '../ui/panel.ts';
import { signal } from '../ui/signal.ts';
import { duration, moment } from '../ui/text.ts';
import { definePage } from './page.ts';

export const interactionPage = definePage({
  path: '/interactions/:id{[0-9a-f-]{36}}',
  role: 'viewer',
  render: async ({ deps, params }) => {
    const row = await findInteraction(deps.database, params.id ?? '');
    if (!row) throw notFound();
    const raw = row.event ?? row.data;
    return {
      title: row.summary,
      intro: html`${row.outcome ? signal(row.outcome) : nothing} ${row.widget} of ${row.hub}`,
      aside: html`<a class="button quiet" href="/lineage/interaction/${row.id}">Lineage</a>`,
      body: html`${panel({
        id: 'facts',
        title: 'Interaction',
        body: html`<div class="body"><dl class="facts">
<dt>Kind</dt><dd>${row.kind}</dd>
<dt>By</dt><dd>${row.actor ?? '–'}</dd>
<dt>Happened</dt><dd>${moment(row.occurred_at)}</dd>
<dt>Received</dt><dd>${moment(row.created_at)}</dd>
<dt>Took</dt><dd>${duration(row.duration_ms)}</dd>
<dt>Stage</dt><dd>${row.stage ?? '–'}</dd>
<dt>Correlation</dt><dd>${row.correlation_id ? html`<a href="/interactions?correlation=${encodeURIComponent(row.correlation_id)}">${row.correlation_id}</a>` : '–'}</dd>
</dl></div>`,
      })}${panel({ id: 'raw', title: 'Event as it was sent', body: html`<div class="body"><pre class="code" tabindex="0">${JSON.stringify(raw, null, 2)}</pre></div>` })}`,
    };
  },
});
