import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';

import { Failure } from '../../domain/failure.ts';
import { readElf } from './elf.ts';
import { readLoaderCache } from './loaderCache.ts';
import { linkedLibraries } from './sharedLibraries.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-elf-'));
after(() => rm(root, { recursive: true, force: true }));

test('finds every library that this very process has loaded', () => {
  const report = process.report.getReport() as { sharedObjects: readonly string[] };
  const loaded = report.sharedObjects
    .filter((path) => path.startsWith('/') && path !== process.execPath)
    .map((path) => basename(path));
  const { libraries, missing } = linkedLibraries(process.execPath, []);
  const found = new Set(libraries.map(({ imagePath }) => basename(imagePath)));
  assert.ok(loaded.length > 3);
  assert.deepEqual(
    loaded.filter((name) => !found.has(name)),
    [],
  );
  assert.deepEqual(missing, []);
  for (const { source } of libraries) assert.ok(existsSync(source), source);
});

test('the loader is at the path that Node names', () => {
  const interpreter = readElf(process.execPath)?.interpreter;
  assert.ok(interpreter);
  assert.ok(linkedLibraries(process.execPath, []).libraries.some(({ imagePath }) => imagePath === interpreter));
});

test('a program that is none is refused, an add-on that is none is let be', async () => {
  const text = join(root, 'text');
  await writeFile(text, '#!/bin/sh\n');
  assert.throws(
    () => linkedLibraries(text, []),
    (error) => error instanceof Failure && error.exitCode === 6,
  );
  assert.deepEqual(linkedLibraries(process.execPath, [text]).missing, []);
});

test('damaged programs are read or refused, and nothing else', async () => {
  const whole = (await readFile(process.execPath)).subarray(0, 64 * 1024);
  const file = join(root, 'damaged');
  await fc.assert(
    fc.asyncProperty(
      fc.nat(4096),
      fc.array(fc.tuple(fc.nat(2048), fc.nat(255)), { maxLength: 8 }),
      async (length, changes) => {
        const bytes = Buffer.from(whole.subarray(0, length));
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        await writeFile(file, bytes);
        readElf(file);
      },
    ),
    { numRuns: 200 },
  );
});

test('a loader cache that is none, or damaged, knows nothing', async () => {
  assert.equal(readLoaderCache(join(root, 'absent')).size, 0);
  const file = join(root, 'cache');
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (rest) => {
      await writeFile(file, Buffer.concat([Buffer.from('glibc-ld.so.cache1.1'), rest]));
      readLoaderCache(file);
    }),
    { numRuns: 100 },
  );
});
