import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import fc from 'fast-check';

import { Failure } from '../domain/failure.ts';
import { loadApp } from './app.ts';
import { loadBlueprintFile } from './blueprint.ts';

let directory = '';

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'railiance-hostile-'));
});
after(() => rm(directory, { recursive: true }));

const valid = `[app]
name = "shop"
[run]
port = 3000
command = ["node", 'x']
env = { A = "b", C = 1.5 }
volumes = ["/data"]
[[smoke]]
path = "/"
expect = { status = 200, header = { a = "b" } }
[stages.production.run]
replicas = 2
`;

/** Pieces that mean something in TOML, between whatever else. */
const piece = fc.oneof(
  fc.constantFrom(
    '[',
    ']',
    '[[',
    ']]',
    '{',
    '}',
    '=',
    '"',
    "'",
    '"""',
    '#',
    '\n',
    ',',
    '.',
    '\\',
    'app',
    'run',
    'env',
    '1',
    '-',
    'true',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const noise = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
const damaged = fc
  .record({ at: fc.nat({ max: valid.length }), removed: fc.nat({ max: 20 }), added: noise })
  .map(({ at, removed, added }) => valid.slice(0, at) + added + valid.slice(at + removed));

async function refusesOrReads(content: string | Uint8Array): Promise<void> {
  const file = join(directory, 'app.toml');
  await writeFile(file, content);
  const loads = [() => loadApp(file, { cwd: directory, stage: 'local' }), () => loadBlueprintFile(file, directory)];
  for (const load of loads) {
    await load().catch((error: unknown) => {
      assert.ok(error instanceof Failure, String(error));
      assert.equal(error.exitCode, 2);
      assert.match(error.message, /app\.toml/);
    });
  }
}

test('any text is read, or refused with exit code 2', async () => {
  await fc.assert(fc.asyncProperty(fc.oneof(damaged, noise), refusesOrReads), { numRuns: 150 });
});

test('any bytes are read, or refused with exit code 2', async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), refusesOrReads), { numRuns: 80 });
});
