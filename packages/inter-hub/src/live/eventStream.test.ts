import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cloudEvent } from '../testing/events.ts';
import { testHub } from '../testing/hub.ts';
import { signIn } from '../testing/signIn.ts';

const { client, deps, app } = await testHub();
const ask = await client(['hub:*:write']);

async function send(id: string, more: Record<string, unknown> = {}): Promise<void> {
  const answer = await ask('POST', '/events', cloudEvent({ id, source: '/live', ...more }));
  assert.equal(answer.status, 201);
}

/** Reads a stream until its text matches. */
async function readUntil(stream: Response, pattern: RegExp): Promise<string> {
  const reader = stream.body?.getReader();
  assert.ok(reader);
  const decoder = new TextDecoder();
  let text = '';
  while (!pattern.test(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  assert.match(text, pattern);
  return text;
}

const ids = (text: string): string[] => [...text.matchAll(/"event_id":"([^"]+)"/g)].map((match) => match[1] ?? '');

test('new events arrive, filtered', async () => {
  const stream = await ask('GET', '/events/stream?type=wanted');
  assert.equal(stream.headers.get('content-type'), 'text/event-stream');
  await send('a-1', { type: 'unwanted' });
  await send('a-2', { type: 'wanted' });
  const text = await readUntil(stream, /a-2/);
  assert.deepEqual(ids(text), ['a-2']);
  assert.match(text, /^event: wanted$/m);
});

test('Last-Event-ID goes on where the stream was left, without gap or repeat, under load', async () => {
  const first = await ask('GET', '/events/stream?source=/live');
  const sending = (async () => {
    for (let n = 0; n < 120; n += 1) await send(`b-${n}`);
  })();
  const begun = await readUntil(first, /b-30"/);
  const last = [...begun.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? '';
  const second = await ask('GET', '/events/stream?source=/live', undefined, { 'last-event-id': last });
  const rest = await readUntil(second, /b-119"/);
  await sending;
  assert.deepEqual(
    [...ids(begun), ...ids(rest)],
    Array.from({ length: 120 }, (_, n) => `b-${n}`),
  );
});

test('a key sees only its own hubs’ events', async () => {
  const narrow = await client(['hub:mine:read']);
  const stream = await narrow('GET', '/events/stream');
  await send('c-1', { hub: 'theirs' });
  await send('c-2', { hub: 'mine' });
  assert.deepEqual(ids(await readUntil(stream, /c-2/)), ['c-2']);
});

test('a reader that does not read is let go, and the hub does not hold its events', async () => {
  const stream = await ask('GET', '/events/stream?source=/slow');
  const reader = stream.body?.getReader();
  await reader?.read();
  const summary = 'x'.repeat(1900);
  for (let round = 0; round < 2; round += 1) {
    const events = Array.from({ length: 400 }, () => cloudEvent({ source: '/slow', summary }));
    const answer = await ask('POST', '/events', events, { 'content-type': 'application/cloudevents-batch+json' });
    const { results } = (await answer.json()) as { results: { seq: number }[] };
    // Read only once all of it was handed out: a reader that reads along is not slow.
    while (deps.feed.seq < (results.at(-1)?.seq ?? 0)) await sleep(10);
  }
  let text = '';
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) break;
    text += new TextDecoder().decode(value);
  }
  assert.ok(ids(text).length < 800, `${ids(text).length} of 800`);
});

test('hostile Last-Event-ID is refused', async () => {
  const answer = await ask('GET', '/events/stream', undefined, { 'last-event-id': "1' or 1=1" });
  assert.equal(answer.status, 422);
});

test('a stream ends when its key is revoked or its session is over', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  const reader = await client(['framework:read']);
  const [byKey, { cookie, userId }] = [await reader('GET', '/events/stream'), await signIn(deps, 'viewer')];
  const byPage = await app.request('/live', { headers: { cookie } });
  assert.equal(byPage.status, 200);
  const ended = Promise.all([byKey.text(), byPage.text()]);
  mock.timers.tick(15_000);
  await sleep(50);
  await deps.database.query('update api_keys set revoked_at = now() where prefix = left($1, 10)', [reader.key]);
  deps.keys.forget();
  await deps.database.query('delete from sessions where user_id = $1', [userId]);
  mock.timers.tick(15_000);
  for (const text of await ended) assert.match(text, /: still here\n\n$/);
  mock.timers.reset();
});

test('a stream ends at once when its key is revoked, and no other does', async () => {
  const [reader, other] = [await client(['framework:read']), await client(['framework:read'])];
  const [revoked, kept] = [await reader('GET', '/events/stream'), await other('GET', '/events/stream')];
  const admin = await client(['admin']);
  const { items } = (await (await admin('GET', '/api-keys')).json()) as { items: { id: string; prefix: string }[] };
  const own = items.find(({ prefix }) => reader.key.startsWith(prefix));
  assert.equal((await admin('DELETE', `/api-keys/${own?.id}`)).status, 204);
  // Without waiting for a heartbeat: they are 15 s apart.
  assert.doesNotMatch(await revoked.text(), /still here/);
  const still = kept.body?.getReader();
  assert.equal((await still?.read())?.done, false);
  assert.equal(await Promise.race([still?.read(), sleep(200)]), undefined, 'it goes on');
  await still?.cancel();
});

test('when the hub drains, streams are told to come back and end', async () => {
  const stream = await app.request('/api/v2/events/stream', { headers: { authorization: `Bearer ${ask.key}` } });
  deps.lifecycle.drain();
  const text = await stream.text();
  assert.match(text, /^retry: \d+\nevent: reconnect\n/m);
});
