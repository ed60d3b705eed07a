import { type Html, html, nothing } from './html.ts';

export interface Panel {
  readonly title: string;
  /** One sentence below the title. */
  readonly note?: string | Html;
  readonly actions?: Html;
  readonly body: Html;
  readonly footer?: Html;
  /** Live updates swap elements by their id. */
  readonly id: string;
}

export function panel({ title, note, actions, body, footer, id }: Panel): Html {
  return html`<section class="panel" id="${id}" data-live aria-labelledby="${id}-title">
<header><h2 id="${id}-title">${title}</h2>${actions ? html`<div class="actions">${actions}</div>` : nothing}${
    note ? html`<p>${note}</p>` : nothing
  }</header>
${body}
${footer ? html`<footer>${footer}</footer>` : nothing}
</section>`;
}

/** What stands where there is nothing yet: what would be here, and how to get it. */
export function empty(title: string, text: string | Html, more: Html = nothing): Html {
  return html`<div class="empty"><h3>${title}</h3><p>${text}</p>${more}</div>`;
}

export interface Figure {
  readonly label: string;
  readonly value: string | Html;
  readonly note?: string | Html;
  readonly tone?: 'danger' | 'caution';
}

export function figures(id: string, list: readonly Figure[]): Html {
  return html`<dl class="figures" id="${id}" data-live>${list.map(
    ({ label, value, note, tone }) =>
      html`<div><dt>${label}</dt><dd class="value ${tone ?? ''}">${value}</dd>${note ? html`<dd class="note">${note}</dd>` : nothing}</div>`,
  )}</dl>`;
}
