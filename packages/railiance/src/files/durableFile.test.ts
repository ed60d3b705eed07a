import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { createDurably, replaceDurably } from './durableFile.ts';

const folder = await mkdtemp(join(tmpdir(), 'railiance-durable-'));
after(async () => await rm(folder, { recursive: true }));

test('a file is replaced whole, for its owner only, in folders made for it', async () => {
  const file = join(folder, 'a', 'b', 'file');
  await replaceDurably(file, 'old');
  await replaceDurably(file, 'new');
  assert.equal(await readFile(file, 'utf8'), 'new');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.equal((await stat(join(folder, 'a'))).mode & 0o777, 0o700);
  await replaceDurably(file, 'for all', { mode: 0o644 });
  assert.equal((await stat(file)).mode & 0o777, 0o644);
  assert.deepEqual(await readdir(join(folder, 'a', 'b')), ['file']);
});

test('of many that create a file at once, one wins and the text is its text', async () => {
  const file = join(folder, 'created');
  const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`);
  const won = await Promise.all(texts.map(async (text) => await createDurably(file, text)));
  assert.equal(won.filter(Boolean).length, 1);
  assert.equal(await readFile(file, 'utf8'), texts[won.indexOf(true)]);
  assert.equal((await readdir(folder)).filter((name) => name.startsWith('created')).length, 1);
});

test('a file that cannot be put in place leaves nothing behind', async () => {
  const inTheWay = join(folder, 'taken');
  await replaceDurably(join(inTheWay, 'child'), '');
  await assert.rejects(replaceDurably(inTheWay, 'text'));
  assert.ok(!(await readdir(folder)).some((name) => name.endsWith('.tmp')));
});
