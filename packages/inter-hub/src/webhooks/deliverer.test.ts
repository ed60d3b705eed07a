import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/db.ts';
import { openDatabase } from '../database/pool.ts';
import { cloudEventSchema, fromCloudEvent } from '../ingest/cloudEvent.ts';
import { insertEvents } from '../ingest/groupCommit.ts';
import { cloudEvent } from '../testing/events.ts';
import { closeAtEnd, silent, testDatabase } from '../testing/postgres.ts';
import { startReceiver } from '../testing/receiver.ts';
import { startDeliverer } from './deliverer.ts';
import { addWebhook } from './webhooks.ts';

const receiver = await startReceiver();

/** What sends, alone on a database: nothing wakes it but itself and the test. */
async function lone() {
  const pool = openDatabase({ url: await testDatabase(), logger: silent });
  let queries = 0;
  const query: Database['query'] = (text, values) => {
    queries += 1;
    return pool.query(text, values);
  };
  const database: Database = { ...pool, query };
  const hosts = [receiver.host];
  const parts = { database, logger: silent, sessionSecret: 's'.repeat(64), hosts, clock: () => new Date() };
  const deliverer = startDeliverer(parts);
  closeAtEnd(async () => {
    await deliverer.stop();
    await pool.close();
  });
  return { deliverer, database, queries: () => queries };
}

test('what is to be sent again comes when it is due, without anything that wakes it', async () => {
  const { deliverer, database } = await lone();
  const webhook = { url: receiver.url, hub: null, types: [] };
  await addWebhook(database, webhook, { kind: 'system', name: 'test' });
  receiver.answer = () => 500;
  await insertEvents(database, [{ event: fromCloudEvent(cloudEventSchema.parse(cloudEvent())), consumerId: null }]);
  await deliverer.wake();
  assert.equal(receiver.received.length, 1);
  receiver.answer = () => 204;
  const soon = new Date(Date.now() + 600);
  await database.query('update webhook_deliveries set next_at = $1', [soon]);
  await deliverer.wake();
  assert.equal(receiver.received.length, 1, 'not before its time');
  while (receiver.received.length < 2) await sleep(10);
  const lateMs = Date.now() - soon.getTime();
  assert.ok(lateMs >= 0 && lateMs < 2500, `${lateMs} ms late`);
});

test('many events one after the other are one look at the webhooks, and then a rest', async () => {
  const { deliverer, queries } = await lone();
  await deliverer.wake();
  const before = queries();
  const startedMs = performance.now();
  for (let n = 0; n < 40; n += 1) {
    void deliverer.wake();
    await sleep(10);
  }
  await deliverer.wake();
  const rests = (performance.now() - startedMs) / 100;
  assert.ok(queries() - before <= rests + 1, `${queries() - before} queries in ${rests} rests`);
});
