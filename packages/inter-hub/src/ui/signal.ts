import { type Html, html } from './html.ts';

/** How a state is shown: each tone has a shape as well as a colour. */
export type Tone = 'clear' | 'caution' | 'danger' | 'notice' | 'idle';

const shapes: Readonly<Record<Tone, Html>> = {
  clear: html`<circle cx="5" cy="5" r="4.5" stroke="none"/>`,
  caution: html`<path d="M5 .6 9.7 9.2H.3z" stroke="none"/>`,
  danger: html`<rect x=".7" y=".7" width="8.6" height="8.6" stroke="none"/>`,
  notice: html`<path d="M5 0 10 5 5 10 0 5z" stroke="none"/>`,
  idle: html`<circle cx="5" cy="5" r="3.8" fill="none" stroke-width="1.6"/>`,
};

const tones: Readonly<Record<string, Tone>> = {
  succeeded: 'clear',
  success: 'clear',
  pass: 'clear',
  passed: 'clear',
  healthy: 'clear',
  met: 'clear',
  improved: 'clear',
  approved: 'clear',
  accepted: 'clear',
  active: 'clear',
  done: 'clear',
  finished: 'clear',
  completed: 'clear',
  satisfied: 'clear',
  delivered: 'clear',
  running: 'notice',
  started: 'notice',
  in_progress: 'notice',
  progress: 'notice',
  open: 'notice',
  waiting: 'caution',
  pending: 'caution',
  proposed: 'caution',
  wait: 'caution',
  ready: 'caution',
  blocked: 'danger',
  stale: 'caution',
  paused: 'caution',
  watch: 'caution',
  unchanged: 'caution',
  rolled_back: 'caution',
  skipped: 'idle',
  failed: 'danger',
  failure: 'danger',
  error: 'danger',
  errored: 'danger',
  fail: 'danger',
  regressed: 'danger',
  rejected: 'danger',
  revoked: 'danger',
  critical: 'danger',
  high: 'danger',
  medium: 'caution',
  low: 'notice',
  info: 'idle',
};

export function toneOf(state: string): Tone {
  return tones[state.toLowerCase()] ?? 'idle';
}

/** A lamp and the state's own word. */
export function signal(state: string, tone: Tone = toneOf(state)): Html {
  const name = tone === 'notice' ? 'notice-tone' : tone;
  return html`<span class="signal ${name}"><svg viewBox="0 0 10 10" aria-hidden="true">${shapes[tone]}</svg>${state.replaceAll('_', ' ')}</span>`;
}

export function tag(text: string, tone: Tone = 'idle'): Html {
  return html`<span class="tag ${tone === 'notice' ? 'notice-tone' : tone}">${text}</span>`;
}
