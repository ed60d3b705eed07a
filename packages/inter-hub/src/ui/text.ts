import { type Html, html } from './html.ts';

const units: readonly [number, string][] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** A length of time in its two largest units: `2 d 4 h`, `45 s`, `2.4 s`, `340 ms`. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '–';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  let rest = Math.round(ms / 1000);
  const parts: string[] = [];
  for (const [seconds, unit] of units) {
    const count = Math.floor(rest / seconds);
    if (count === 0) {
      if (parts.length > 0) break;
      continue;
    }
    parts.push(`${count} ${unit}`);
    rest -= count * seconds;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

/** How long ago, with the moment itself in UTC; the script turns that into the reader's time zone. */
export function when(date: Date | null | undefined, now: Date = new Date()): Html {
  if (!date) return html`<span class="muted">–</span>`;
  const iso = date.toISOString();
  const agoMs = now.getTime() - date.getTime();
  const words = Math.abs(agoMs) < 5000 ? 'just now' : agoMs < 0 ? `in ${coarse(-agoMs)}` : `${coarse(agoMs)} ago`;
  return html`<time datetime="${iso}" title="${moment(date)}">${words}</time>`;
}

/** `2026-11-21 14:02 UTC` */
export function moment(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function coarse(ms: number): string {
  const seconds = ms / 1000;
  const [size, unit] = units.find(([unitSeconds]) => seconds >= unitSeconds) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${unit}`;
}

const numbers = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 });

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : numbers.format(value);
}

export function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? '–' : `${numbers.format(share * 100)} %`;
}

/** First twelve characters of a digest's hash; the whole of it as the title. */
export function digest(value: string | null | undefined): Html {
  if (!value) return html`<span class="muted">–</span>`;
  const hash = value.includes(':') ? value.slice(value.indexOf(':') + 1) : value;
  return html`<span class="digest" title="${value}">${hash.slice(0, 12)}</span>`;
}
