import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../metrics.ts';
import { cloudEvent } from '../testing/events.ts';
import { testHub } from '../testing/hub.ts';
import { cloudEventSchema, fromCloudEvent } from './cloudEvent.ts';
import { createIngest } from './groupCommit.ts';

const { deps } = await testHub();
const event = (changes: Record<string, unknown> = {}) => fromCloudEvent(cloudEventSchema.parse(cloudEvent(changes)));
const resultsOf = (stored: readonly { result: string }[]) => stored.map(({ result }) => result);

test('new, repeated and changed events in one request are told apart, each with its own number', async () => {
  const [known, changed] = [event({ data: 1 }), event({ data: 1 })];
  const first = await deps.ingest.store([known, changed], null);
  assert.deepEqual(resultsOf(first), ['stored', 'stored']);
  const fresh = event();
  const again = await deps.ingest.store([fresh, known, { ...changed, bodyJson: '{"other":true}' }, fresh], null);
  assert.deepEqual(resultsOf(again), ['stored', 'duplicate', 'conflict', 'duplicate']);
  assert.deepEqual([again[1]?.seq, again[2]?.seq], [first[0]?.seq, first[1]?.seq]);
  assert.equal(again[0]?.seq, again[3]?.seq);
  assert.equal(again[1]?.receivedAt.getTime(), first[0]?.receivedAt.getTime());
});

test('requests that wait together are one transaction, and a lone one waits for nobody', async () => {
  const statements: string[] = [];
  const db = {
    query: <Row extends object>(text: string, values?: readonly unknown[]) => {
      statements.push(text);
      return deps.database.query<Row>(text, values);
    },
  };
  const ingest = createIngest(db, createMetrics());
  const stored = await Promise.all(Array.from({ length: 50 }, () => ingest.store([event()], null)));
  assert.equal(statements.length, 2);
  assert.equal(new Set(stored.flat().map(({ seq }) => seq)).size, 50);
});

test('the database has the next group before those of the one before are told', async () => {
  const order: string[] = [];
  const db = {
    query: <Row extends object>(text: string, values?: readonly unknown[]) => {
      order.push('asked');
      return deps.database.query<Row>(text, values);
    },
  };
  const ingest = createIngest(db, createMetrics());
  const first = ingest.store([event()], null).then(() => order.push('told'));
  const second = ingest.store([event()], null).then(() => order.push('told'));
  await Promise.all([first, second]);
  assert.deepEqual(order, ['asked', 'asked', 'told', 'told']);
});

test('a body is stored as it was written, to the last digit of a number', async () => {
  const sent = cloudEvent();
  const exact = JSON.stringify({ ...sent, data: 1 }).replace('"data":1', '"data":12345678901234567890.125');
  const [stored] = await deps.ingest.store([fromCloudEvent(cloudEventSchema.parse(JSON.parse(exact)), exact)], null);
  const [row] = await deps.database.query<{ data: string }>(
    `select body ->> 'data' as data from events where seq = $1`,
    [stored?.seq],
  );
  assert.equal(row?.data, '12345678901234567890.125');
});

test('the hub of the version before stores beside this one, and knows its events', async () => {
  const mine = event({ data: { a: 1, b: 2 } });
  await deps.ingest.store([mine], null);
  const [source, id] = ['/before', `before-${process.pid}`];
  const columns = (theirs: string, body: string) => [
    [source, mine.source, mine.source],
    [theirs, mine.id, mine.id],
    ...Array.from({ length: 2 }, () => ['cloudevent', 'cloudevent', 'cloudevent']),
    ...Array.from({ length: 4 }, () => [null, null, null]),
    ['2026-01-01T00:00:00Z', null, null],
    ...Array.from({ length: 2 }, () => [null, null, null]),
    ['{}', mine.bodyJson, body],
    ['00', '00', '00'],
    [null, null, null],
  ];
  const ask = (values: unknown[]) =>
    deps.database.query<{ result: string }>(
      `select result from hub_ingest($1, $2, $3, $4, $5, $6, $7, $8, $9::timestamptz[], $10, $11, $12, $13, $14)`,
      values.map((column) => (column as unknown[]).slice(0, 2)),
    );
  assert.deepEqual(resultsOf(await ask(columns(id, ''))), ['stored', 'duplicate']);
  const other = columns(`${id}-2`, '').map((column, index) => (index === 11 ? ['{}', '{"b":3}'] : column));
  assert.deepEqual(resultsOf(await ask(other)), ['stored', 'conflict']);
});
