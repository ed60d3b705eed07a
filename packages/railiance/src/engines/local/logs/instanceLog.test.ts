import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { createRedactor } from '../../../exec/redact.ts';
import { InstanceLog, readTail } from './instanceLog.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-log-'));
after(() => rm(root, { recursive: true }));

function open(name: string, maxFileBytes?: number) {
  const directory = join(root, name);
  const bound = maxFileBytes === undefined ? {} : { maxFileBytes };
  return { directory, log: new InstanceLog({ directory, instance: name, now: () => new Date(), ...bound }) };
}

test('lines are found again, in order, by a reader that never saw the writer', async () => {
  const { directory, log } = open('order');
  for (let index = 0; index < 500; index++) log.append(`line ${index}`, index % 2 ? 'stderr' : 'stdout');
  await log.flush();
  const lines = await readTail(directory, 'order', 3);
  assert.deepEqual(
    lines.map(({ line, stream, instance }) => [line, stream, instance]),
    [
      ['line 497', 'stderr', 'order'],
      ['line 498', 'stdout', 'order'],
      ['line 499', 'stderr', 'order'],
    ],
  );
  assert.deepEqual(await readTail(directory, 'order', 0), []);
});

test('a follower gets the past and every new line exactly once, however the two meet', async () => {
  const { log } = open('follow');
  let written = 0;
  const write = (count: number) => {
    for (let index = 0; index < count; index++) log.append(`${written++}`, 'stdout');
  };
  const seen: string[] = [];
  write(50);
  const following = log.follow(1000, ({ line }) => seen.push(line));
  write(50);
  const stop = await following;
  write(50);
  await log.flush();
  stop();
  write(5);
  assert.deepEqual(
    seen,
    Array.from({ length: 150 }, (_, index) => String(index)),
  );
});

test('files rotate by size, three at most, and a tail reads across them', async () => {
  const { directory, log } = open('rotate', 2000);
  for (let index = 0; index < 300; index++) {
    log.append(`line ${index}`, 'stdout');
    await log.flush();
  }
  assert.deepEqual((await readdir(directory)).sort(), ['1.log', '2.log', 'current.log']);
  for (const name of await readdir(directory)) assert.ok((await stat(join(directory, name))).size <= 2000, name);
  const lines = await log.tail(80);
  assert.deepEqual(
    lines.map(({ line }) => line),
    Array.from({ length: 80 }, (_, index) => `line ${220 + index}`),
  );
});

test('secrets are gone before a line is kept, and controls are not obeyed', async () => {
  const { log } = open('secrets');
  log.redactWith(createRedactor(['hunter2hunter2']));
  log.append('password is hunter2hunter2 \x1b[2J\x07', 'stdout');
  assert.deepEqual(
    (await log.tail(1)).map(({ line }) => line),
    ['password is [secret] ␇'],
  );
});

test('a flood is counted and dropped, and what is kept stays bounded', async () => {
  const { log } = open('flood');
  const long = 'x'.repeat(10_000);
  for (let index = 0; index < 2000; index++) log.append(long, 'stdout');
  await log.flush();
  assert.match((await log.tail(1))[0]?.line ?? '', /^\[\d+ lines could not be kept/);
});

test('an app goes on without its log where the disk takes nothing, and the log says so afterwards', async () => {
  const { directory, log } = open('full');
  await log.flush();
  await rm(directory, { recursive: true });
  log.append('lost', 'stdout');
  await log.flush();
  await mkdir(directory);
  log.append('kept', 'stdout');
  assert.deepEqual(
    (await log.tail(2)).map(({ line }) => line),
    ['kept', '[1 lines could not be kept: they came too fast, or the disk did not take them]'],
  );
});
