import { type Html, html } from '../ui/html.ts';
import { signal, type Tone } from '../ui/signal.ts';

interface Stop {
  readonly stage: string;
  readonly tag: string;
  readonly state: string;
  readonly tone: Tone;
  readonly age: string;
  readonly note?: string;
}

const apps: readonly (readonly [string, readonly Stop[]])[] = [
  [
    'billing',
    [
      { stage: 'canary', tag: '7d30b1e', state: 'verified', tone: 'clear', age: '4 min ago' },
      { stage: 'production', tag: 'c19f02a', state: 'waits for a yes', tone: 'caution', age: '2 d ago' },
    ],
  ],
  [
    'search',
    [
      {
        stage: 'canary',
        tag: 'e88a410',
        state: 'rolled back',
        tone: 'danger',
        age: '1 h ago',
        note: 'GET / answered 500',
      },
      { stage: 'production', tag: '52bb9d7', state: 'verified', tone: 'clear', age: '6 d ago' },
    ],
  ],
  [
    'website',
    [
      { stage: 'canary', tag: '9fb6b16', state: 'verified', tone: 'clear', age: '3 h ago' },
      { stage: 'production', tag: '9fb6b16', state: 'verified', tone: 'clear', age: '2 h ago' },
    ],
  ],
];

/** A promotion board of nobody's apps, for who has not signed in: what it looks like inside. */
export function specimen(): Html {
  return html`<figure class="panel specimen" role="img" aria-label="An example of the promotion board: three apps on canary and production. One waits for a yes, one was rolled back, one is verified on both."><ul class="board" aria-hidden="true">${apps.map(
    ([app, stops]) => html`<li><span class="app">${app}</span><ol class="line">${stops.map(stopOf)}</ol></li>`,
  )}</ul></figure>`;
}

function stopOf({ stage, tag, state, tone, age, note }: Stop): Html {
  return html`<li class="station ${tone}"><div class="stage">${stage}</div><div class="running"><strong>${tag}</strong><span class="stage">${age}</span></div>${signal(state, tone)}${note ? html`<p>${note}</p>` : ''}</li>`;
}
