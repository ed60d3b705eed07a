import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '../../packages/inter-hub/src/database/db.ts';
import { type Sender, startSending } from '../../packages/inter-hub/src/testing/sender.ts';
import { startDurablePostgres } from '../../packages/inter-hub/test/durablePostgres.ts';
import { type HubProcess, startHub } from '../../packages/inter-hub/test/hubProcess.ts';

export interface HubOptions {
  readonly kills: number;
  readonly random: () => number;
  readonly say: (line: string) => void;
}

const clients = 16;
const IHP_SESSION_SECRET = 'k'.repeat(64);

/** I7: every acknowledged event is stored, and stored once; and what is stored became one link of the chain. */
async function assertKept(database: Database, sender: Sender): Promise<number> {
  const acknowledged = [...sender.acknowledged];
  const rows = await database.query<{ event_id: string }>(`select event_id from events where source = '/sender'`);
  const stored = new Set(rows.map((row) => row.event_id));
  assert.equal(stored.size, rows.length, 'no event is stored twice');
  const lost = acknowledged.filter((id) => !stored.has(id));
  assert.deepEqual(lost, [], 'every acknowledged event is stored');
  return rows.length;
}

async function assertMappedOnce(database: Database): Promise<void> {
  const left = `select (select max(seq) from events) - (select seq from projections where name = 'chain') as events`;
  for (let look = 0; look < 600; look += 1) {
    const [row] = await database.query<{ events: number }>(left);
    if (row?.events === 0) break;
    await wait(100);
  }
  // Compared here: PostgreSQL has no statistics of tables that grew in seconds, and may look each event up in all links.
  const events = await database.query<{ seq: number }>(`select seq from events where source = '/sender'`);
  const links = await database.query<{ seq: number }>('select event_seq as seq from interaction_events');
  const linked = new Map<number, number>();
  for (const { seq } of links) linked.set(seq, (linked.get(seq) ?? 0) + 1);
  const wrong = events.filter(({ seq }) => linked.get(seq) !== 1);
  assert.deepEqual(wrong, [], 'every event is one link of the chain');
}

/** The sender makes progress, or says why not. */
async function progress(sender: Sender, by: number, hub: HubProcess): Promise<void> {
  const wanted = sender.acknowledged.size + by;
  const giveUpAt = performance.now() + 60_000;
  while (sender.acknowledged.size < wanted) {
    assert.equal(hub.child.exitCode, null, `the hub ended: ${hub.log()}`);
    assert(performance.now() < giveUpAt, `no event was acknowledged for a minute: ${hub.log().slice(-2000)}`);
    await wait(5);
  }
}

/** The hub is killed under load, again and again. */
export async function hubKilled({ kills, random, say }: HubOptions): Promise<void> {
  const postgres = await startDurablePostgres();
  const sender = startSending(postgres.key, clients);
  const env = { DATABASE_URL: postgres.url, IHP_SESSION_SECRET };
  try {
    for (let kill = 1; kill <= kills; kill += 1) {
      const hub = await startHub(env);
      sender.target = hub.url;
      await progress(sender, 1 + Math.floor(random() * 100), hub);
      await wait(random() * 50);
      assert.equal(await hub.end('SIGKILL'), 'SIGKILL');
      sender.target = undefined;
      const stored = await assertKept(postgres.database, sender);
      if (kill % 10 === 0)
        say(`ok  hub killed (${kill} of ${kills}): ${sender.acknowledged.size} acknowledged, ${stored} stored`);
    }
    await sender.stop();
    const hub = await startHub(env);
    await assertMappedOnce(postgres.database);
    assert.equal(await hub.end('SIGTERM'), 0);
    await assertKept(postgres.database, sender);
    assert.deepEqual(sender.refused, [], 'nobody was refused');
    say(`hub killed: ${kills} times under load, all ${sender.acknowledged.size} acknowledged events there, once`);
  } finally {
    await sender.stop();
    await postgres.remove();
  }
}

/** Its PostgreSQL is killed under load: the hub answers 503 meanwhile, and goes on by itself. */
export async function hubDatabaseKilled({ kills, random, say }: HubOptions): Promise<void> {
  const postgres = await startDurablePostgres();
  const sender = startSending(postgres.key, clients);
  const hub = await startHub({ DATABASE_URL: postgres.url, IHP_SESSION_SECRET });
  try {
    sender.target = hub.url;
    for (let kill = 1; kill <= kills; kill += 1) {
      await progress(sender, 1 + Math.floor(random() * 100), hub);
      await wait(random() * 50);
      await postgres.kill();
      await postgres.start();
      const startedAt = performance.now();
      await progress(sender, 1, hub);
      const backMs = Math.round(performance.now() - startedAt);
      await assertKept(postgres.database, sender);
      say(`ok  PostgreSQL killed (${kill} of ${kills}): events are taken again after ${backMs} ms`);
    }
    await sender.stop();
    await assertMappedOnce(postgres.database);
    await assertKept(postgres.database, sender);
    assert.deepEqual(
      sender.refused.filter((status) => status !== 503),
      [],
      'only "unavailable" was answered meanwhile',
    );
    assert.equal(await hub.end('SIGTERM'), 0);
    say(
      `PostgreSQL killed: ${kills} times under load, all ${sender.acknowledged.size} acknowledged events there, once`,
    );
  } finally {
    await sender.stop();
    hub.child.kill('SIGKILL');
    await postgres.remove();
  }
}
