import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cloudEvent } from '../testing/events.ts';
import { testHub } from '../testing/hub.ts';

const { client, deps, app } = await testHub();
const ask = await client(['hub:*:write']);
const structured = { 'content-type': 'application/cloudevents+json' };
const batched = { 'content-type': 'application/cloudevents-batch+json' };

async function countOf(id: unknown): Promise<number> {
  const [row] = await deps.database.query<{ n: number }>('select count(*) as n from events where event_id = $1', [id]);
  return row?.n ?? 0;
}

test('one event is stored and answered 201; again it is a duplicate; with another body a conflict', async () => {
  const event = cloudEvent({ data: { a: 1, b: 2 } });
  const first = await ask('POST', '/events', event, structured);
  assert.equal(first.status, 201);
  const { data: _, ...rest } = event;
  const again = await ask('POST', '/events', { ...rest, data: { b: 2, a: 1 } }, structured);
  assert.equal(again.status, 200);
  assert.equal(((await again.json()) as { result: string }).result, 'duplicate');
  const other = await ask('POST', '/events', { ...event, data: { a: 2 } }, structured);
  assert.equal(other.status, 409);
  assert.equal(((await other.json()) as { error: string }).error, 'event_conflict');
  assert.equal(await countOf(event.id), 1);
});

test('the same event a hundred times at once is stored once', async () => {
  const event = cloudEvent();
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask('POST', '/events', event, structured)));
  const statuses = answers.map((answer) => answer.status).sort();
  assert.deepEqual(new Set(statuses), new Set([200, 201]));
  assert.equal(statuses.filter((status) => status === 201).length, 1);
  assert.equal(await countOf(event.id), 1);
});

test('two bodies under one id at once: one is stored, the other told of the conflict', async () => {
  const event = cloudEvent();
  const answers = await Promise.all([1, 2].map((data) => ask('POST', '/events', { ...event, data }, structured)));
  assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, 409]);
});

test('binary mode: attributes in headers, data in the body', async () => {
  const answer = await ask('POST', '/events', '{"n":1}', {
    'ce-specversion': '1.0',
    'ce-id': 'binary-1',
    'ce-source': '/tests/%C3%A4',
    'ce-type': 'org.example.binary',
    'ce-hub': 'probe',
  });
  assert.equal(answer.status, 201);
  const { seq } = (await answer.json()) as { seq: number };
  const event = (await (await ask('GET', `/events/${seq}`)).json()) as { source: string; body: { data: unknown } };
  assert.equal(event.source, '/tests/ä');
  assert.deepEqual(event.body.data, { n: 1 });
});

test('a batch of 1,000 in one go; each told apart; 1,001 are too many', async () => {
  const events = Array.from({ length: 1000 }, (_, n) => cloudEvent({ data: n }));
  const first = await ask('POST', '/events', events, batched);
  assert.equal(first.status, 200);
  assert.equal(((await first.json()) as { stored: number }).stored, 1000);
  const mixed = [events[0], { ...events[1], data: 'other' }, cloudEvent(), events[2], events[2]];
  const second = (await (await ask('POST', '/events', mixed, batched)).json()) as { results: { result: string }[] };
  assert.deepEqual(
    second.results.map(({ result }) => result),
    ['duplicate', 'conflict', 'stored', 'duplicate', 'duplicate'],
  );
  assert.equal((await ask('POST', '/events', [...events, cloudEvent()], batched)).status, 413);
});

test('a batch with one bad event is refused whole, naming it', async () => {
  const good = cloudEvent();
  const answer = await ask('POST', '/events', [good, cloudEvent({ id: '' })], batched);
  assert.equal(answer.status, 422);
  assert.match(((await answer.json()) as { detail: string }).detail, /body\.1\.id/);
  assert.equal(await countOf(good.id), 0);
});

test('events from 1970 and from the future keep both times', async () => {
  for (const time of ['1970-01-01T00:00:00Z', '2999-12-31T23:59:59.999+14:00']) {
    const answer = await ask('POST', '/events', cloudEvent({ time }), structured);
    const { seq } = (await answer.json()) as { seq: number };
    const event = (await (await ask('GET', `/events/${seq}`)).json()) as { time: string; received_at: string };
    assert.equal(new Date(event.time).getTime(), new Date(time).getTime());
    assert.ok(Math.abs(Date.parse(event.received_at) - Date.now()) < 60_000);
  }
});

const refused: readonly [string, unknown, Record<string, string>, number][] = [
  ['no JSON', '{', structured, 400],
  ['nested too deep', `${'['.repeat(5000)}${']'.repeat(5000)}`, structured, 400],
  ['another version', cloudEvent({ specversion: '0.3' }), structured, 422],
  ['a time that is none', cloudEvent({ time: 'yesterday' }), structured, 422],
  ['NUL in a text', cloudEvent({ data: 'a\u0000b' }), structured, 422],
  ['half a surrogate pair', '{"specversion":"1.0","id":"x","source":"/","type":"t","data":"\\ud800"}', structured, 422],
  ['another media type', 'x', { 'content-type': 'text/plain' }, 415],
  ['compressed', cloudEvent(), { ...structured, 'content-encoding': 'gzip' }, 415],
  ['too large', cloudEvent({ data: 'x'.repeat(1_100_000) }), structured, 413],
  ['a name that is no slug', cloudEvent({ hub: "probe'; drop table events" }), structured, 422],
];
for (const [name, body, headers, status] of refused) {
  test(`refuses ${name} with ${status}`, async () => {
    const answer = await ask('POST', '/events', body, headers);
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    const problem = (await answer.json()) as Record<string, unknown>;
    for (const member of ['type', 'title', 'status', 'detail', 'error', 'help']) assert.ok(problem[member], member);
  });
}

test('a value that PostgreSQL refuses does not fail the neighbours in its transaction', async () => {
  const good = Array.from({ length: 20 }, () => cloudEvent());
  const bad = cloudEvent({ data: 'a\u0000b' });
  const answers = await Promise.all([...good, bad, ...good].map((event) => ask('POST', '/events', event, structured)));
  assert.equal(answers.filter((answer) => answer.status === 201).length, 20);
  assert.equal(answers.filter((answer) => answer.status === 422).length, 1);
});

test('progress is stored with the hub’s own time, once for each Idempotency-Key', async () => {
  const key = { 'idempotency-key': 'deploy-1' };
  const first = await ask('POST', '/progress', { summary: 'Deployed', event_type: 'note' }, key);
  assert.equal(first.status, 201);
  const again = await ask('POST', '/progress', { summary: 'Deployed', event_type: 'note' }, key);
  assert.equal(again.status, 200);
  assert.deepEqual(await again.json(), await first.json());
  assert.equal((await ask('POST', '/progress', { summary: 'Other' }, key)).status, 409);
  assert.equal((await ask('POST', '/progress', { summary: 'Mine', created_at: '1999-01-01T00:00:00Z' })).status, 422);
  const { items } = (await (await ask('GET', '/progress')).json()) as { items: { summary: string; author: string }[] };
  assert.equal(items[0]?.summary, 'Deployed');
  assert.match(items[0]?.author ?? '', /^client-/);
});

test('events cannot be edited or deleted, whoever asks the database', async () => {
  for (const sql of ['update events set type = type', 'delete from events', 'truncate events cascade']) {
    await assert.rejects(deps.database.query(sql), /append-only/);
  }
});

test('pages go from newest to oldest without gap or repeat, by cursor and by Link', async () => {
  const ids = Array.from({ length: 7 }, (_, n) => `page-${n}`);
  for (const id of ids) await ask('POST', '/events', cloudEvent({ id, source: '/pages' }), structured);
  const seen: string[] = [];
  let path: string | undefined = '/events?source=/pages&limit=3';
  while (path !== undefined) {
    const answer: Response = await ask('GET', path);
    const page = (await answer.json()) as { items: { event_id: string }[]; next: string | null };
    seen.push(...page.items.map((item) => item.event_id));
    path = /<\/api\/v2(.+?)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
    assert.equal(path === undefined, page.next === null);
  }
  assert.deepEqual(seen, ids.reverse());
});

test('exports hold every event of the filter, and no formula', async () => {
  await ask('POST', '/events', cloudEvent({ source: '/export', summary: '=cmd|calc' }), structured);
  const csv = await ask('GET', '/events?source=/export&format=csv');
  assert.match(csv.headers.get('content-disposition') ?? '', /attachment; filename="events.csv"/);
  const text = await csv.text();
  assert.match(text, /^seq,source,/);
  assert.match(text, /,'=cmd\|calc,/);
  const lines = (await (await ask('GET', '/events?source=/pages&format=jsonl')).text()).trim().split('\n');
  assert.equal(lines.length, 7);
  assert.equal((JSON.parse(lines[0] ?? '') as { source: string }).source, '/pages');
});

test('the database away: 503 and nothing claimed', async () => {
  const { deps: broken } = {
    deps: {
      ...deps,
      ingest: { busy: false, store: () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })) },
    },
  };
  const { createApp } = await import('../app.ts');
  const answer = await createApp(broken).request('/api/v2/events', {
    method: 'POST',
    headers: { authorization: `Bearer ${ask.key}`, ...structured },
    body: JSON.stringify(cloudEvent()),
  });
  assert.equal(answer.status, 503);
  assert.ok(answer.headers.get('retry-after'));
  assert.equal((await app.request('/healthz')).status, 200);
});
