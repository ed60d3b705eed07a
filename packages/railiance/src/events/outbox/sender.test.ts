import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { after, beforeEach, describe, test } from 'node:test';

import { systemClock } from '../../domain/clock.ts';
import { Secret } from '../../domain/secret.ts';
import { identifyProcess, type ProcessIdentity } from '../../exec/processIdentity.ts';
import { deadPort, openFakeHub } from '../../testing/fakeHub.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { type CloudEvent, eventsAt } from '../cloudEvent.ts';
import { createHubCaller } from '../hub/hubCaller.ts';
import { sendTo } from '../hub/sendEvents.ts';
import type { Owed } from './batch.ts';
import { createFileDeliveryRecord } from './deliveryRecord.ts';
import { createFileOutbox } from './fileOutbox.ts';
import { follow } from './follow.ts';
import type { RunRef } from './outbox.ts';
import { type SenderPorts, sendOwed } from './sender.ts';

const folder = await scratchDirectory('sender');
const writer = identifyProcess(process.pid) as ProcessIdentity;
const gone = { ...writer, startedAt: 'long ago' };
const hub = await openFakeHub();
after(() => hub.close());
const { signal } = new AbortController();
let count = 0;

/** Journals in memory: how many records each run has, and whether it is over. */
const journals = new Map<string, { records: number; over: boolean; eventsEach?: number }>();

function recordsOf({ app, stage, runId }: RunRef): Omit<Owed, 'run'> | undefined {
  const journal = journals.get(runId);
  if (!journal) return undefined;
  const told = Array.from({ length: journal.eventsEach ?? 1 }, (_, n) => ({
    type: 'test.thing',
    subjectId: runId,
    summary: `thing ${n}`,
    data: () => ({ n }),
  }));
  const records = Array.from({ length: journal.records }, (_, n) => {
    const moment = { seq: n + 1, at: '2026-01-01T00:00:00.000Z', author: 'ada' };
    return { seq: n + 1, events: eventsAt({ app, stage, runId }, moment, told) };
  });
  return { records, over: journal.over };
}

const sendWithin = (timeoutMs: number) =>
  sendTo(createHubCaller({ url: hub.url, key: new Secret(hub.key), timeoutMs }));

function sender(more: Partial<SenderPorts> = {}): SenderPorts {
  return {
    outbox: createFileOutbox(`${folder}/${count}`),
    record: createFileDeliveryRecord(`${folder}/${count}.json`),
    send: sendWithin(30_000),
    clock: systemClock,
    owedOf: async (run) => {
      const { records, over } = recordsOf(run) ?? {};
      return records && { records: records.filter(({ seq }) => seq > run.delivered), over: over === true };
    },
    isAlive: ({ startedAt }) => startedAt !== gone.startedAt,
    ...more,
  };
}

const run = (number: number) => ({ app: 'probe', stage: 'canary', runId: `00000${number}-aaaaaaaa` });

async function owe(
  ports: SenderPorts,
  number: number,
  journal: { records: number; over: boolean; eventsEach?: number },
) {
  journals.set(run(number).runId, journal);
  await ports.outbox.add({ ...run(number), since: `2026-01-0${number}`, writer: journal.over ? gone : writer });
}

beforeEach(() => {
  count++;
  journals.clear();
  hub.mood = 'well';
  hub.refuses = () => false;
  (hub.events as Map<string, CloudEvent>).clear();
  (hub.requests as number[]).length = 0;
});

describe('sending what is owed', () => {
  test('goes oldest run first, in order, in batches of a thousand, and leaves nothing', async () => {
    const ports = sender();
    await owe(ports, 2, { records: 3, over: true });
    await owe(ports, 1, { records: 700, over: true, eventsEach: 2 });
    assert.equal(await sendOwed(ports, signal), undefined);
    assert.deepEqual(hub.requests, [1000, 403]);
    const ids = [...hub.events.values()].map(({ id }) => id);
    assert.deepEqual([ids[0], ids[1], ids.at(-1)], ['000001-aaaaaaaa.1', '000001-aaaaaaaa.1.2', '000002-aaaaaaaa.3']);
    assert.deepEqual(await ports.outbox.list(), []);
    assert.equal((await ports.record.read()).delivered, 1403);
  });

  test('goes on where it was, and a run that is under way stays', async () => {
    const ports = sender();
    await owe(ports, 1, { records: 2, over: false });
    await sendOwed(ports, signal);
    journals.set(run(1).runId, { records: 5, over: false });
    await sendOwed(ports, signal);
    assert.deepEqual(hub.requests, [2, 3]);
    assert.equal((await ports.outbox.list())[0]?.delivered, 5);
    await ports.outbox.add({ ...run(1), since: '2026-02-01', writer });
    assert.equal((await ports.outbox.list())[0]?.delivered, 5, 'another process took the run over');
  });

  test('stores each once when the mark of what was sent is lost', async () => {
    const outbox = createFileOutbox(`${folder}/${count}`);
    const crashed = { ...outbox, settle: () => Promise.reject(new Error('killed')) };
    await owe(sender(), 1, { records: 4, over: false });
    assert.match(String(await sendOwed(sender({ outbox: crashed }), signal)), /killed/);
    await sendOwed(sender(), signal);
    assert.deepEqual(hub.requests, [4, 4]);
    assert.equal(hub.events.size, 4);
  });

  test('tells the others while the journal of one cannot be reached, and that one later', async () => {
    const cluster = { name: 'production', engine: 'kubernetes', production: true, settings: { context: 'far' } };
    const ports = sender();
    journals.set(run(1).runId, { records: 2, over: true });
    await ports.outbox.add({ ...run(1), since: '2026-01-01', writer: gone, at: cluster });
    await owe(ports, 2, { records: 3, over: true });
    const owedOf: SenderPorts['owedOf'] = async (one) => {
      if (one.at) throw new Error(`${one.at.settings.context} is far away`);
      return ports.owedOf(one);
    };
    assert.match(
      String(await sendOwed({ ...ports, owedOf }, signal)),
      /000001-aaaaaaaa cannot be read: far is far away/,
    );
    assert.equal(hub.events.size, 3);
    assert.deepEqual((await ports.outbox.list())[0]?.at, cluster);
    assert.equal(await sendOwed(ports, signal), undefined);
    assert.equal(hub.events.size, 5);
  });

  test('strikes off a run that was never begun, once its process is gone', async () => {
    const ports = sender();
    await ports.outbox.add({ ...run(1), since: '2026-01-01', writer });
    await sendOwed(ports, signal);
    assert.equal((await ports.outbox.list()).length, 1);
    await ports.outbox.add({ ...run(1), since: '2026-01-01', writer: gone });
    await sendOwed(ports, signal);
    assert.deepEqual(await ports.outbox.list(), []);
  });

  test('leaves out the one event that the hub cannot read, and says so', async () => {
    const ports = sender();
    await owe(ports, 1, { records: 9, over: true });
    hub.refuses = ({ id }) => id.endsWith('.4');
    assert.equal(await sendOwed(ports, signal), undefined);
    assert.equal(hub.events.size, 8);
    const { delivered, refused } = await ports.record.read();
    assert.deepEqual([delivered, refused], [8, 1]);
  });

  test('gives the oldest up when too many wait', async () => {
    const ports = sender();
    hub.mood = { status: 503 };
    await owe(ports, 9, { records: 1, over: true });
    const [name = ''] = await readdir(`${folder}/${count}`);
    const text = await readFile(`${folder}/${count}/${name}`, 'utf8');
    await rm(`${folder}/${count}/${name}`);
    // As `add` writes them, without waiting a thousand times for the disk.
    for (let n = 0; n < 1_003; n++) {
      const number = String(n).padStart(6, '0');
      const other = (words: string) => words.replace('000009-', `${number}-`).replace('2026-01-09', number);
      journals.set(`${number}-aaaaaaaa`, { records: 1, over: true });
      await writeFile(`${folder}/${count}/${other(name)}`, other(text));
    }
    await sendOwed(ports, signal);
    const left = await ports.outbox.list();
    assert.deepEqual([left.length, left[0]?.runId], [1_000, '000003-aaaaaaaa']);
    assert.equal((await ports.record.read()).dropped, 3);
  });
});

describe('a hub that does not take them', () => {
  const moods = [
    { name: 'answers 500', mood: { status: 500 }, words: /500: in a mood/, remedy: 'wait' },
    { name: 'asks for patience', mood: { status: 429, headers: { 'retry-after': '7' } }, words: /429/, remedy: 'wait' },
    { name: 'hangs', mood: 'hanging', words: /did not answer in time/, remedy: 'wait' },
    {
      name: 'leads elsewhere',
      mood: { status: 302, headers: { location: 'http://evil/' } },
      words: /evil/,
      remedy: 'person',
    },
    {
      name: 'is another server, which says 400 to everything',
      mood: { status: 400, headers: { 'content-type': 'text/html' } },
      words: /400/,
      remedy: 'person',
    },
    { name: 'refuses the key', mood: { status: 403 }, words: /403/, remedy: 'person' },
  ] as const;
  for (const { name, mood, words, remedy } of moods) {
    test(`because it ${name}: the events stay, the reason is kept, and they arrive later`, async () => {
      const ports = sender();
      await owe(ports, 1, { records: 3, over: true });
      hub.mood = mood;
      const problem = await sendOwed(mood === 'hanging' ? { ...ports, send: sendWithin(300) } : ports, signal);
      assert.equal(problem?.remedy, remedy);
      if (name === 'asks for patience') assert.equal(problem?.afterMs, 7_000);
      assert.match((await ports.record.read()).problem?.words ?? '', words);
      assert.equal((await ports.outbox.list())[0]?.delivered, 0);
      hub.mood = 'well';
      assert.equal(await sendOwed(ports, signal), undefined);
      assert.equal(hub.events.size, 3);
      assert.equal((await ports.record.read()).problem, undefined);
    });
  }

  test('because it is not there', async () => {
    const url = `http://127.0.0.1:${await deadPort()}`;
    const ports = sender({ send: sendTo(createHubCaller({ url, key: undefined })) });
    await owe(ports, 1, { records: 3, over: true });
    assert.match(String(await sendOwed(ports, signal)), /nobody listens there/);
  });
});

test('following sends records as they come, and ends when the run is over', async () => {
  const ports = sender();
  await owe(ports, 1, { records: 1, over: false });
  const following = follow(ports, signal);
  while (hub.events.size < 1) await systemClock.sleep(5);
  journals.set(run(1).runId, { records: 2, over: false });
  ports.outbox.nudge(run(1));
  while (hub.events.size < 2) await systemClock.sleep(5);
  journals.set(run(1).runId, { records: 3, over: true });
  ports.outbox.nudge(run(1));
  await following;
  assert.deepEqual([hub.events.size, await ports.outbox.list()], [3, []]);
});

test('following waits for a hub that is away, and leaves one that needs a person', async () => {
  const ports = sender({ clock: { ...systemClock, sleep: async () => systemClock.sleep(1) } });
  await owe(ports, 1, { records: 3, over: true });
  hub.mood = { status: 500 };
  const following = follow(ports, signal);
  await systemClock.sleep(30);
  hub.mood = 'well';
  await following;
  assert.equal(hub.events.size, 3);

  await owe(ports, 2, { records: 3, over: false });
  hub.mood = { status: 401 };
  await follow(ports, signal);
  assert.equal((await ports.outbox.list()).length, 1);
});
