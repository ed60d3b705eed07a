import { type Html, html } from './html.ts';

/** Two lines that meet in a station. */
export const mark: Html = html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" aria-hidden="true"><path d="M2 6h5l4.2 4.2M2 18h5l4.2-4.2M16.5 12H22"/><circle cx="12.5" cy="12" r="3.4"/></svg>`;

export const brand: Html = html`<span class="brand">${mark}Inter-Hub</span>`;
