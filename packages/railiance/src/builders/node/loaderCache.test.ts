import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';

import { scratchDirectory } from '../../testing/scratch.ts';
import { readLoaderCache } from './loaderCache.ts';

const folder = await scratchDirectory('loader-cache');

function read(bytes: Uint8Array): ReadonlyMap<string, readonly string[]> {
  const file = join(folder, 'ld.so.cache');
  writeFileSync(file, bytes);
  return readLoaderCache(file);
}

interface Entry {
  readonly name: string;
  readonly path: string;
  /** For some processors only. */
  readonly special: boolean;
}

function cacheOf(entries: readonly Entry[], older: Buffer): Buffer {
  const head = Buffer.alloc(48 + entries.length * 24);
  head.write('glibc-ld.so.cache1.1');
  head.writeUInt32LE(entries.length, 20);
  const texts: Buffer[] = [];
  let end = head.length;
  const place = (text: string) => {
    texts.push(Buffer.from(`${text}\0`));
    end += Buffer.byteLength(text) + 1;
    return end - Buffer.byteLength(text) - 1;
  };
  for (const [index, { name, path, special }] of entries.entries()) {
    head.writeUInt32LE(place(name), 48 + index * 24 + 4);
    head.writeUInt32LE(place(path), 48 + index * 24 + 8);
    head.writeBigUInt64LE(special ? 1n : 0n, 48 + index * 24 + 16);
  }
  return Buffer.concat([older, head, ...texts]);
}

const text = fc.string({ unit: fc.constantFrom(...'libcü/.-6'), minLength: 1, maxLength: 12 });
const entry = fc.record({ name: text, path: text, special: fc.boolean() });
const older = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));

test('every library is found by its name, best first, but those for special processors', () => {
  const check = fc.property(fc.array(entry, { maxLength: 12 }), older, (entries, before) => {
    const plain = entries.filter(({ special }) => !special);
    const expected = new Map(
      plain.map(({ name }) => [name, plain.filter((one) => one.name === name).map((one) => one.path)]),
    );
    assert.deepEqual(read(cacheOf(entries, before)), expected);
  });
  fc.assert(check, { numRuns: 60 });
});

test('a damaged or cut cache gives what it still says, and no library without a name or path', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 });
  const check = fc.property(fc.array(entry, { maxLength: 6 }), damage, fc.nat(), (entries, changes, cut) => {
    const cache = cacheOf(entries, Buffer.alloc(0));
    for (const [at, value] of changes) cache[20 + (at % (cache.length - 20))] = value;
    for (const [name, paths] of read(cache.subarray(0, cut % (cache.length + 1)))) {
      assert.notEqual(name, '');
      assert.ok(!paths.includes(''));
    }
  });
  fc.assert(check, { numRuns: 300 });
});

test('where there is no cache, or another form of it, nothing is known', () => {
  assert.equal(readLoaderCache(join(folder, 'not-there')).size, 0);
  assert.equal(read(Buffer.from('ld.so-1.7.0')).size, 0);
});
