import { type AuditRow, auditPage } from '../queries/auditPage.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { panel } from '../ui/panel.ts';
import { table } from '../ui/table.ts';
import { when } from '../ui/text.ts';
import type { PageRequest } from './page.ts';

const shown = 50;
const longestDetail = 200;

/** The newest of what people, keys and the hub itself did. */
export async function auditPanel({ deps, now }: PageRequest): Promise<Html> {
  const rows = await auditPage(deps.database, null, shown);
  return panel({
    id: 'audit',
    title: 'Audit log',
    note: `The newest ${shown}; the files hold all of it. The database refuses to change or delete any.`,
    actions: html`<a href="/settings/audit.csv" download>CSV</a><a href="/settings/audit.jsonl" download>JSON Lines</a>`,
    body: table({
      caption: 'Audit log, newest first',
      rows,
      columns: [
        { title: 'When', kind: 'tight', cell: (row) => when(row.at, now) },
        {
          title: 'Who',
          cell: (row) => html`${row.actor}${row.actor_kind === 'user' ? nothing : html`<p>${row.actor_kind}</p>`}`,
        },
        {
          title: 'Did',
          kind: 'grow',
          cell: (row) => html`${row.action}${row.target === null ? nothing : targetOf(row)}`,
        },
        { title: 'With', cell: (row) => detailOf(row) },
        { title: 'From', kind: 'tight', cell: (row) => row.address ?? '–' },
      ],
    }),
  });
}

function targetOf({ target, target_name, actor }: AuditRow): Html {
  if (target_name === null) return html`<p class="digest">${target}</p>`;
  return target_name === actor ? nothing : html`<p>${target_name}</p>`;
}

/** Members of the detail as words; a digest or an address is long, the files have the whole of it. */
function detailOf({ detail }: AuditRow): string {
  const words = Object.entries(detail)
    .filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(', ') : wordOf(value)}`)
    .join('; ');
  return words.length > longestDetail ? `${words.slice(0, longestDetail)}…` : words || '–';
}

function wordOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value).replace(/^(sha256:.{12}).*$/, '$1');
}
