import type { BoardRow } from '../queries/promotionBoard.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { signal, type Tone } from '../ui/signal.ts';
import { digest, when } from '../ui/text.ts';

const order = ['local', 'dev', 'test', 'staging', 'canary', 'production'];

/** The promotion board: apps as lines, stages as stations; a stage behind the one before it has drifted. */
export function board(rows: readonly BoardRow[], now: Date): Html {
  const apps = Map.groupBy(rows, (row) => row.hub);
  const lines = [...apps].map(([app, stages]) => ({ app, stages: [...stages].sort(byStage) }));
  lines.sort((a, b) => Number(isBad(b.stages)) - Number(isBad(a.stages)) || a.app.localeCompare(b.app));
  return html`<ul class="board">${lines.map(
    ({ app, stages }) =>
      html`<li data-row><h3 class="app"><a href="/releases?hub=${app}">${app}</a></h3><ol class="line">${stages.map(
        (row, index) => station(row, stages[index - 1], now),
      )}</ol></li>`,
  )}</ul>`;
}

function station(row: BoardRow, before: BoardRow | undefined, now: Date): Html {
  const [state, tone] = stateOf(row);
  const drift = before?.digest && row.digest && before.digest !== row.digest ? before : undefined;
  return html`<li class="station ${tone}"><div class="stage">${row.stage}</div>
<div class="running"><a href="/lineage/deployment/${row.deployment_id}"><strong>${row.tag ?? 'unnamed'}</strong></a>${digest(row.digest)}</div>
<div class="running">${signal(state, tone)}<span class="stage">${row.kind === 'rollback' ? 'rolled back ' : nothing}${when(row.at, now)}${
    row.release === null ? nothing : html`, release ${row.release}`
  }</span></div>
${gate(row, now)}
${drift ? html`<p>behind ${drift.stage} (${drift.tag ?? 'unnamed'})</p>` : nothing}
${row.waiting ? html`<p><a href="/approvals/${row.waiting}">Waits for a yes</a></p>` : nothing}
${row.rollback_tag || row.rollback_digest ? html`<p>can go back to ${row.rollback_tag ?? digest(row.rollback_digest)}</p>` : nothing}</li>`;
}

function gate({ gate_id, gate_at, gate }: BoardRow, now: Date): Html {
  if (gate_id === null || gate_at === null) return nothing;
  const [word, tone] = gate === 'success' ? (['GO', 'clear'] as const) : (['NO-GO', 'caution'] as const);
  return html`<div class="running">${signal(word, tone)}<span class="stage"><a href="/lineage/interaction/${gate_id}">gate</a> ${when(gate_at, now)}</span></div>`;
}

function stateOf(row: BoardRow): [string, Tone] {
  if (row.verdict === 'regressed') return ['regressed', 'danger'];
  if (row.last_run === 'failed' || row.last_run === 'errored') return ['last run failed', 'caution'];
  if (row.last_run === 'rolled_back') return ['last run rolled back', 'caution'];
  if (row.waiting) return ['waiting', 'caution'];
  return row.verdict === 'met' || row.verdict === 'improved' ? ['verified', 'clear'] : ['live, not checked', 'idle'];
}

function isBad(stages: readonly BoardRow[]): boolean {
  return stages.some((row) => ['danger', 'caution'].includes(stateOf(row)[1]));
}

/** Stages of well-known names in their usual order, others between them as they appeared. */
function byStage(a: BoardRow, b: BoardRow): number {
  const place = (stage: string): number => (order.includes(stage) ? order.indexOf(stage) : order.indexOf('staging'));
  return place(a.stage) - place(b.stage);
}
