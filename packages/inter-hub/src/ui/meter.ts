import { type Html, html } from './html.ts';
import type { Tone } from './signal.ts';

/** A share of 100 as a short bar; always beside its number. */
export function meter(value: number, tone: Tone): Html {
  const width = Math.max(0, Math.min(100, Math.round(value)));
  return html`<svg class="meter ${tone}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="6" rx="2"/><rect width="${width}" height="6" rx="2"/></svg>`;
}
