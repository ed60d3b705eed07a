import type { WorkplanRow } from '../queries/workplansList.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { toneOf } from '../ui/signal.ts';
import { layersOf } from '../workplans/layers.ts';

const [boxWidthPx, boxHeightPx] = [176, 44];
const [columnPx, rowPx] = [232, 60];
const marginPx = 8;
const longestTitle = 24;

interface Box {
  readonly key: string;
  readonly x: number;
  readonly y: number;
}

/** What depends on what, from left to right, each plan a link; nothing where no plan depends on another. */
export function workplanGraph(rows: readonly WorkplanRow[]): Html | undefined {
  const layers = layersOf(rows);
  if (layers.length === 0) return undefined;
  const tallest = Math.max(...layers.map((layer) => layer.length));
  const boxes = layers.flatMap((layer, column) =>
    layer.map((key, row): Box => {
      const downPx = ((tallest - layer.length) * rowPx) / 2;
      return { key, x: marginPx + column * columnPx, y: marginPx + downPx + row * rowPx };
    }),
  );
  const byKey = new Map(boxes.map((box) => [box.key, box]));
  const plans = new Map(rows.map((row) => [row.key, row]));
  const width = (layers.length - 1) * columnPx + boxWidthPx + 2 * marginPx;
  const height = (tallest - 1) * rowPx + boxHeightPx + 2 * marginPx;
  const ties = rows.flatMap((row) => row.depends_on.map((key) => tie(byKey.get(key), byKey.get(row.key), row)));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="What depends on what">
<svg class="plans" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="group" aria-label="Workplans, each right of those it depends on">
${ties}${boxes.map((box) => drawn(box, plans.get(box.key)))}</svg></div>`;
}

/** A line from a plan to one that depends on it; marked while that one still waits. */
function tie(from: Box | undefined, to: Box | undefined, { waits_for }: WorkplanRow): Html {
  if (!from || !to) return nothing;
  const [startX, startY] = [from.x + boxWidthPx, from.y + boxHeightPx / 2];
  const [endX, endY] = [to.x, to.y + boxHeightPx / 2];
  const middleX = (startX + endX) / 2;
  const waits = waits_for.includes(from.key);
  return html`<path class="${waits ? 'tie waits' : 'tie'}" d="M${startX} ${startY} C${middleX} ${startY} ${middleX} ${endY} ${endX} ${endY}"/>`;
}

function drawn({ key, x, y }: Box, plan: WorkplanRow | undefined): Html {
  const state = plan?.status ?? 'not synced';
  const title = plan?.title ?? 'not synced';
  const shown = title.length > longestTitle ? `${title.slice(0, longestTitle - 1)}…` : title;
  const box = html`<title>${key}: ${title}, ${state}</title><rect x="${x}" y="${y}" width="${boxWidthPx}" height="${boxHeightPx}" rx="6"/>
<circle class="${toneOf(state)}" cx="${x + 14}" cy="${y + 16}" r="4"/>
<text class="key" x="${x + 26}" y="${y + 20}">${key.slice(0, 20)}</text><text x="${x + 12}" y="${y + 36}">${shown}</text>`;
  return plan ? html`<a href="/workplans/${key}">${box}</a>` : html`<g class="absent">${box}</g>`;
}
