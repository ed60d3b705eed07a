import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/db.ts';
import { cloudEvent } from '../testing/events.ts';
import { testHub } from '../testing/hub.ts';
import { startFeed } from './feed.ts';

const { client, deps } = await testHub();
const ask = await client(['hub:*:write']);

async function send(): Promise<number> {
  const answer = await ask('POST', '/events', cloudEvent());
  return ((await answer.json()) as { seq: number }).seq;
}

/** The same database without NOTIFY, and with `meanwhile` between what it read and who asked. */
function withoutNotify(meanwhile: (text: string) => Promise<void> = async () => {}): Database {
  return {
    ...deps.database,
    query: async <Row extends object>(text: string, values?: readonly unknown[]) => {
      const rows = await deps.database.query<Row>(text, values);
      await meanwhile(text);
      return rows;
    },
    listen: async () => async () => {},
  };
}

test('who is the first to follow after a while begins with what comes', async () => {
  const feed = await startFeed(withoutNotify(), deps.logger);
  const before = await send();
  assert.ok(feed.seq < before);
  await feed.skipUnread();
  assert.equal(feed.seq, before);
  await feed.stop();
});

test('an event that is stored as somebody begins to follow is handed out', async () => {
  const seen: number[] = [];
  let begin = false;
  const feed = await startFeed(
    withoutNotify(async (text) => {
      if (!begin || !text.includes('max(seq)')) return;
      begin = false;
      feed.subscribe((events) => seen.push(...events.map(({ seq }) => seq)));
    }),
    deps.logger,
  );
  const stored = await send();
  begin = true;
  await feed.skipUnread();
  for (let round = 0; round < 100 && seen.length === 0; round += 1) await sleep(50);
  assert.deepEqual(seen, [stored]);
  await feed.stop();
});
