import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';

import type { CloudEvent } from '../events/cloudEvent.ts';
import { createQuestions } from './fakeHub/questions.ts';
import { say } from './fakeHub/say.ts';

/** How a hub behaves: as it should, not answering at all, or with a status of trouble. */
export type HubMood = 'well' | 'hanging' | { readonly status: number; readonly headers?: Record<string, string> };

export interface FakeHub {
  readonly url: string;
  readonly key: string;
  mood: HubMood;
  /** Refuses the whole request, as hubs do for one event that they cannot read. */
  refuses: (event: CloudEvent) => boolean;
  /** Answers a question that waits, as a person would on its page. */
  decide(id: string, status: 'approved' | 'rejected', by: string, comment?: string): void;
  /** By source and id, in the order they came. */
  readonly events: ReadonlyMap<string, CloudEvent>;
  /** Events in each request that came through, whether they were new or not. */
  readonly requests: readonly number[];
  close(): Promise<void>;
}

/** A hub in memory, on a free port of this machine: the part of its API that railiance uses. */
export async function openFakeHub(key = 'ihk_fake'): Promise<FakeHub> {
  const events = new Map<string, CloudEvent>();
  const requests: number[] = [];
  const questions = createQuestions();
  const hub = { key, mood: 'well' as HubMood, refuses: (_event: CloudEvent) => false as boolean };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (hub.mood === 'hanging') return;
    if (hub.mood !== 'well') return say(response, hub.mood.status, { detail: 'in a mood' }, hub.mood.headers);
    if (request.headers.authorization !== `Bearer ${hub.key}`) return say(response, 401, { detail: 'Send a key.' });
    if (request.url !== '/api/v2/events') return questions.answer(request, response, body);
    const batch = JSON.parse(body) as CloudEvent[];
    if (batch.length > 1_000) return say(response, 413, { detail: 'More than 1,000 events.' });
    if (batch.some(hub.refuses)) return say(response, 422, { detail: 'One cannot be read.' });
    requests.push(batch.length);
    say(response, 200, tally(batch, events));
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(hub, {
    url: `http://127.0.0.1:${port}`,
    decide: questions.decide,
    events,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function tally(batch: readonly CloudEvent[], events: Map<string, CloudEvent>) {
  const results = batch.map((event) => {
    const name = `${event.source} ${event.id}`;
    const before = events.get(name);
    if (!before) events.set(name, event);
    if (!before) return 'stored';
    return JSON.stringify(before) === JSON.stringify(event) ? 'duplicate' : 'conflict';
  });
  const count = (wanted: string) => results.filter((result) => result === wanted).length;
  return { stored: count('stored'), duplicates: count('duplicate'), conflicts: count('conflict'), results };
}

/** A port of this machine on which nobody listens. */
export async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  connect({ port, host: '127.0.0.1' }).on('error', () => {});
  return port;
}
