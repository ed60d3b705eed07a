import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';

import { readChunks } from './byteReader.ts';
import { type CompressOptions, gzip, gzipBlockBytes } from './gzip.ts';
import { Workbench } from './workbench.ts';
import { zstd, zstdBlockBytes } from './zstd.ts';

const kinds = {
  gzip: { compress: gzip, blockBytes: gzipBlockBytes, expand: gunzipSync },
  zstd: { compress: zstd, blockBytes: zstdBlockBytes, expand: zstdDecompressSync },
} as const;
type Kind = keyof typeof kinds;

const benchFor = (kind: Kind, places: number) => new Workbench(kinds[kind].blockBytes, places);

function options(workbench: Workbench, more: Partial<CompressOptions> = {}): CompressOptions {
  return { workbench, onBlock: () => {}, onEnd: () => {}, ...more };
}

function hasFree(workbench: Workbench, places: number): boolean {
  const taken = Array.from({ length: places + 1 }, () => workbench.tryTake());
  for (const memory of taken) if (memory) workbench.release(memory);
  return taken.filter(Boolean).length === places;
}

/** Content cut into chunks of any size, as it may come from anywhere. */
function* chunked(content: Uint8Array, size: number) {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

/** Everything in one piece: copied, since a piece is gone when the next one comes. */
async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const piece of pieces) copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
}

const compressed = (kind: Kind, content: Uint8Array, chunk: number, places: number) =>
  joined(kinds[kind].compress(readChunks(chunked(content, chunk)), 1, options(benchFor(kind, places))));

const words = Buffer.from('a layer is compressed block by block, and every block knows the one before it; ');

for (const kind of ['gzip', 'zstd'] as const) {
  test(`${kind} gives back what went in, and the same bytes however it came and was timed`, async () => {
    const mib = 2 ** 20;
    const size = fc.oneof(fc.nat(3000), fc.constantFrom(mib - 1, mib, mib + 1, 2 * mib, 3 * mib + 7));
    const run = fc.asyncProperty(
      size,
      fc.integer({ min: 1000, max: 2 * mib }),
      fc.nat(5),
      async (bytes, chunk, extra) => {
        const content = Buffer.alloc(bytes, words);
        randomBytes(Math.min(bytes, 500)).copy(content, Math.floor(bytes / 2));
        const once = await compressed(kind, content, chunk, 1 + extra);
        assert.ok(kinds[kind].expand(once).equals(content));
        assert.ok(once.equals(await compressed(kind, content, mib, 4)));
      },
    );
    await fc.assert(run, { numRuns: 20 });
  });

  test(`${kind} gives the memory of what was made back at once, whatever the size of the layer`, async () => {
    const chunk = Buffer.alloc(2 ** 20, words);
    const layer = Array.from({ length: 160 }, () => chunk);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for await (const _ of kinds[kind].compress(readChunks(layer), 1, options(benchFor(kind, 4)))) {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    assert.ok(most < 24 * 2 ** 20, `${Math.round(most / 2 ** 20)} MiB of 160`);
  });

  test(`${kind} is not complete where its end is refused`, async () => {
    const onEnd = () => {
      throw new Error('not what it should be');
    };
    const parts: Uint8Array[] = [];
    await assert.rejects(async () => {
      const source = readChunks([randomBytes(100_000)]);
      const pieces = kinds[kind].compress(source, 1, options(benchFor(kind, 2), { onEnd }));
      for await (const part of pieces) parts.push(Buffer.from(part));
    }, /not what it should be/);
    if (kind === 'gzip') assert.throws(() => gunzipSync(Buffer.concat(parts)));
  });
}

test('gzip is one member, and nearly as small as when it is made in one piece', async () => {
  const content = Buffer.from(Array.from({ length: 200_000 }, (_, at) => `line ${at} ${(at * at) % 9973}\n`).join(''));
  const parallel = await compressed('gzip', content, 100_000, 6);
  assert.equal(parallel.indexOf(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]), 1), -1);
  assert.ok(parallel.length < gzipSync(content, { level: 1 }).length * 1.02);
});

test('several layers share one workbench, and all of them end', async () => {
  const shared = benchFor('gzip', 2);
  const content = Buffer.alloc(5 * 2 ** 20, words);
  const all = await Promise.all(
    Array.from({ length: 4 }, () => joined(gzip(readChunks([content]), 1, options(shared)))),
  );
  for (const one of all) assert.ok(gunzipSync(one).equals(content));
  assert.ok(hasFree(shared, 2));
});

test('the memory of a block is used again for the next one, of whichever layer', async () => {
  const shared = benchFor('gzip', 1);
  const memory = await shared.take();
  shared.release(memory);
  for (const layer of [randomBytes(3 * 2 ** 20), Buffer.alloc(2 ** 20, words)]) {
    assert.ok(gunzipSync(await joined(gzip(readChunks([layer]), 1, options(shared)))).equals(layer));
    assert.equal(shared.tryTake(), memory);
    shared.release(memory);
  }
});

test('a reader that gives up half-way gives its memory back, and leaves nothing to the next one', async () => {
  const shared = benchFor('gzip', 3);
  const source = readChunks([randomBytes(6 * 2 ** 20)]);
  for await (const part of gzip(source, 1, options(shared))) if (part.length > 100) break;
  assert.ok(hasFree(shared, 3));
  const content = Buffer.alloc(5 * 2 ** 20, words);
  assert.ok(gunzipSync(await joined(gzip(readChunks([content]), 1, options(shared)))).equals(content));
});

test('content that cannot be read ends it, and gives the memory back', async () => {
  const shared = benchFor('gzip', 3);
  const broken = async function* () {
    yield randomBytes(2 ** 21);
    throw new Error('the disk is gone');
  };
  await assert.rejects(joined(gzip(readChunks(broken()), 1, options(shared))), /the disk is gone/);
  assert.ok(hasFree(shared, 3));
});
