import { notFound } from '../api/mount.ts';
import { type Lineage, type LineageNode, lineageOf } from '../chain/lineage.ts';
import { recordKinds } from '../chain/records.ts';
import { recentFailures } from '../queries/recentFailures.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { empty, panel } from '../ui/panel.ts';
import { signal } from '../ui/signal.ts';
import { table } from '../ui/table.ts';
import { when } from '../ui/text.ts';
import { lineageForms } from './lineageForms.ts';
import { definePage } from './page.ts';

export const lineageStart = definePage({
  path: '/lineage',
  role: 'viewer',
  render: async ({ deps, now }) => {
    const rows = await recentFailures(deps.database);
    return {
      title: 'Lineage',
      intro:
        'From any record back to what led to it, and on to what came of it. Begin at a failure, or follow any link on another page.',
      body: panel({
        id: 'failures',
        title: 'The newest failures',
        body:
          rows.length > 0
            ? table({
                caption: 'Failures, newest first',
                rows,
                columns: [
                  { title: 'When', kind: 'tight', cell: (row) => when(row.at, now) },
                  { title: 'Outcome', kind: 'tight', cell: (row) => signal(row.outcome) },
                  {
                    title: 'What happened',
                    kind: 'grow',
                    cell: (row) => html`<a href="/lineage/interaction/${row.id}">${row.summary}</a><p>${row.hub}</p>`,
                  },
                ],
              })
            : empty('No failures', 'Every record on the other pages has its lineage too.'),
      }),
    };
  },
});

export const lineagePage = definePage({
  path: '/lineage/:kind/:id{[0-9a-f-]{36}}',
  role: 'viewer',
  render: async (request) => {
    const { deps, params, now } = request;
    const kind = params.kind ?? '';
    const id = params.id ?? '';
    const lineage = recordKinds.some((known) => known.kind === kind)
      ? await lineageOf(deps.database, kind, id)
      : undefined;
    const own = lineage?.nodes.find((node) => node.id === id);
    if (!lineage || !own) throw notFound();
    return {
      title: own.title,
      intro: html`Lineage of this ${kind} of ${own.hub}, in the order of the chain.`,
      body: html`${panel({
        id: 'chain',
        title: `${lineage.nodes.length} records`,
        ...(lineage.truncated && { note: 'There are more than are shown: follow a record to see its own neighbours.' }),
        body: html`<div class="body"><ol class="chain">${lineage.nodes.map((node) => knot(node, lineage, own, now))}</ol></div>`,
      })}${lineageForms(request)}`,
    };
  },
});

function knot(node: LineageNode, { links, nodes }: Lineage, own: LineageNode, now: Date): Html {
  const from = links.filter((link) => link.to_id === node.id);
  const here = node.id === own.id;
  return html`<li class="${here ? 'here' : ''}" data-row${here ? html` aria-current="true"` : nothing}><span class="knot" aria-hidden="true"></span><div>
<div class="kind">${node.kind} · ${node.hub} · ${when(node.at, now)}</div>
<div>${here ? html`<strong>${node.title}</strong>` : html`<a href="/lineage/${node.kind}/${node.id}">${node.title}</a>`} ${node.state ? signal(node.state) : nothing}</div>
${from.slice(0, 4).map((link) => {
  const cause = nodes.find(({ id }) => id === link.from_id);
  return cause ? html`<p class="kind">${cause.kind} “${cause.title.slice(0, 80)}” ${link.relation} this</p>` : nothing;
})}</div></li>`;
}
