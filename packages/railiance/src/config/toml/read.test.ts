import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Failure } from '../../domain/failure.ts';
import { readToml } from './read.ts';

let directory = '';

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'railiance-toml-'));
});
after(() => rm(directory, { recursive: true }));

async function read(content: string | Uint8Array) {
  const path = join(directory, 'x.toml');
  await writeFile(path, content);
  return readToml(path, directory);
}

const deep = 20_000;
const hostile: Readonly<Record<string, readonly [content: string | Uint8Array, message: RegExp]>> = {
  'duplicate keys': ['a = 1\nb = 2\na = 3\n', /x\.toml:3:1: .*already defined/],
  'a table twice': ['[a]\n[b]\n[a]\n', /x\.toml:3:\d+: .*already defined/],
  __proto__: ['[app]\n__proto__ = 1\n', /x\.toml:2:\d+: .*unsafe/],
  'a __proto__ table': ['[app]\n[__proto__.x]\n', /x\.toml:2:\d+: .*unsafe/],
  'deep arrays': [`a = ${'['.repeat(deep)}${']'.repeat(deep)}`, /x\.toml:1:\d+: .*nested/],
  'deep tables': [`\na = ${'{ a = '.repeat(deep)}1`, /x\.toml:2:\d+: .*nested/],
  'a deep header': [`[${'a.'.repeat(deep)}a]`, /nested more than 16 deep/],
  'a deep dotted key': [`${'a.'.repeat(deep)}a = 1`, /nested more than 16 deep/],
  'bad UTF-8': [
    Buffer.concat([Buffer.from('a = 1\nb = "'), Buffer.from([0xc3, 0x28]), Buffer.from('"\n')]),
    /x\.toml:2:1: is not UTF-8/,
  ],
  'a huge integer': ['a = 1\nb = 99999999999999999999\n', /x\.toml:2:5: /],
  'control characters': ['a = "\u0000"', /x\.toml:1:\d+: /],
  'an open string': ['a = "b\nc = 1', /x\.toml:1:\d+: /],
  'no TOML at all': ['<html>', /x\.toml:1:\d+: /],
};

for (const [name, [content, message]] of Object.entries(hostile)) {
  test(`${name}: refused with the line, exit code 2`, async () => {
    await assert.rejects(read(content), (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.exitCode, 2);
      assert.match(error.message, message);
      assert.ok(error.message.length < 500, 'a short message');
      return true;
    });
  });
}

test('a file of 100 MB is refused by its size, at once and in little memory', async () => {
  const path = join(directory, 'large.toml');
  await writeFile(path, '');
  await truncate(path, 100 * 1024 * 1024);
  const before = process.cpuUsage();
  const memory = process.memoryUsage().rss;
  await assert.rejects(readToml(path, directory), /larger than 1024 KiB/);
  assert.ok(process.cpuUsage(before).user / 1000 < 1000);
  assert.ok(process.memoryUsage().rss - memory < 50 * 1024 * 1024);
});

test('what is no regular file is refused without waiting for it', async () => {
  const fifo = join(directory, 'fifo.toml');
  execFileSync('sh', ['-c', 'mkfifo "$0"', fifo]);
  await assert.rejects(readToml(fifo, directory), /not a regular file/);
  await assert.rejects(readToml('/dev/zero', directory), /not a regular file/);
  await assert.rejects(readToml(directory, directory), /not a regular file|EISDIR/);
  await assert.rejects(readToml(join(directory, 'none.toml'), directory), /ENOENT/);
});

test('the largest file that is taken is read within a second', async () => {
  const lines = Array.from({ length: 40_000 }, (_, at) => `k${at} = [${at}]`).join('\n');
  const before = process.cpuUsage();
  const { table } = await read(lines);
  assert.equal(Object.keys(table).length, 40_000);
  assert.ok(process.cpuUsage(before).user / 1000 < 1000);
});
