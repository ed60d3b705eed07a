import { friction, frictionBand } from '../measures/health.ts';
import type { FrictionDayRow } from '../queries/frictionByDay.ts';
import { type Html, html } from '../ui/html.ts';

const dayMs = 86_400_000;
const words = ['calm', 'some friction', 'friction', 'much friction'] as const;

interface Line {
  readonly hub: string;
  readonly friction: number;
}

/** A heat map that is a table: each cell has its number, and its band in words for who does not see the colour. */
export function frictionMap(hubs: readonly Line[], rows: readonly FrictionDayRow[], now: Date, days: number): Html {
  const dates = Array.from({ length: days }, (_, index) =>
    new Date(now.getTime() - (days - 1 - index) * dayMs).toISOString().slice(0, 10),
  );
  const byCell = new Map(rows.map((row) => [`${row.hub} ${row.day}`, row]));
  const ordered = [...hubs].sort((a, b) => b.friction - a.friction);
  return html`<div class="scroll newest" tabindex="0" role="region" aria-label="Friction by hub and day"><table class="data heat">
<caption class="visually-hidden">Friction by hub and day</caption>
<thead><tr><th scope="col">Hub</th>${dates.map((date) => html`<th scope="col">${date.slice(5)}</th>`)}<th scope="col">${days} days</th></tr></thead>
<tbody>${ordered.map(
    ({ hub, friction: total }) =>
      html`<tr data-row><th scope="row">${hub}</th>${dates.map((date) => {
        const row = byCell.get(`${hub} ${date}`);
        return cell(row ? friction({ ...row, staleCandidates: 0 }) : 0);
      })}${cell(total)}</tr>`,
  )}</tbody></table></div>`;
}

function cell(value: number): Html {
  const band = frictionBand(value);
  return html`<td class="cell band-${band}">${value}<span class="visually-hidden"> (${words[band]})</span></td>`;
}
