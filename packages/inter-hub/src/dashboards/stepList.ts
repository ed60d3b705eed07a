import type { RunRow } from '../queries/runsPage.ts';
import { type Html, html, nothing } from '../ui/html.ts';
import { duration } from '../ui/text.ts';

type Step = RunRow['steps'][number];

const shown = 4;

/** Steps of a run, in order: where the time went and what went wrong; the quick ones that went well wait behind a word. */
export function stepList(steps: readonly Step[]): Html {
  if (steps.length === 0) return html`<span class="muted">–</span>`;
  const slowest = [...steps].sort((a, b) => (b.ms ?? 0) - (a.ms ?? 0)).slice(0, shown);
  const some = steps.filter((step) => step.status !== 'succeeded' || slowest.includes(step));
  if (some.length >= steps.length - 1) return listed(steps);
  return html`${listed(some)}<details class="more"><summary>all ${steps.length} steps</summary>${listed(steps)}</details>`;
}

function listed(steps: readonly Step[]): Html {
  return html`<ol class="steps">${steps.map(
    (step) =>
      html`<li class="${step.status}"${step.detail ? html` title="${step.detail}"` : nothing}>${step.name} <span class="num">${duration(step.ms)}</span>${
        step.status === 'succeeded' ? nothing : html` <span>(${step.status})</span>`
      }</li>`,
  )}</ol>`;
}
