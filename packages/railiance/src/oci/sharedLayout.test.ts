import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { withLock } from './fileLock.ts';
import { openLayout } from './layout.ts';
import { OciError } from './ociError.ts';
import { ownIdentity } from './processIdentity.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-shared-'));
after(() => rm(root, { recursive: true, force: true }));

const module = (name: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, name)).href);

function startNode(script: string, args: readonly string[]) {
  return spawn(process.execPath, ['--input-type=module', '--eval', script, '--', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

const tagMany = `
  const [directory, own, count] = process.argv.slice(1);
  const { openLayout } = await import(${module('layout.ts')});
  const layout = await openLayout(directory);
  for (let i = 0; i < Number(count); i++) {
    const put = (value) => layout.putBlob(Buffer.from(JSON.stringify(value)));
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', ...(await put({ own, i })) };
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const manifest = await put({ schemaVersion: 2, mediaType, config, layers: [] });
    await layout.tag(own + ':' + i, { mediaType, ...manifest });
    await layout.tag('shared:latest', { mediaType, ...manifest });
  }`;

test('several processes open, fill and tag one layout, and nothing is lost', async () => {
  const directory = join(root, 'layout');
  const owners = ['a', 'b', 'c', 'd'];
  const processes = owners.map((own) => startNode(tagMany, [directory, own, '10']));
  const codes = await Promise.all(processes.map(async (child) => (await once(child, 'exit'))[0]));
  assert.deepEqual(codes, [0, 0, 0, 0]);

  const layout = await openLayout(directory);
  const names = (await layout.list()).map(({ name }) => name).sort();
  assert.equal(names.length, 41);
  assert.deepEqual(new Set(names).size, 41);
  assert.deepEqual((await layout.collect([], { graceMs: 0 })).removed, []);
  const leftovers = (await readdir(directory)).filter((name) => name.endsWith('.tmp'));
  assert.deepEqual([...leftovers, ...(await readdir(join(directory, '.ingest')))], []);
});

const countUp = `
  const [directory, file, count] = process.argv.slice(1);
  const { readFileSync, writeFileSync } = await import('node:fs');
  const { withLock } = await import(${module('fileLock.ts')});
  for (let i = 0; i < Number(count); i++) {
    await withLock(directory, async () => {
      const before = Number(readFileSync(file, 'utf8'));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 2));
      writeFileSync(file, String(before + 1));
    });
  }`;

test('the lock lets one process in at a time', async () => {
  const file = join(root, 'counter');
  await writeFile(file, '0');
  const processes = [1, 2, 3].map(() => startNode(countUp, [join(root, 'lock'), file, '30']));
  await Promise.all(processes.map((child) => once(child, 'exit')));
  assert.equal(await readFile(file, 'utf8'), '90');
  assert.ok((await readdir(join(root, 'lock'))).length < 40, 'old tickets go');
});

const holdForEver = `
  const [directory] = process.argv.slice(1);
  const { withLock } = await import(${module('fileLock.ts')});
  await withLock(directory, () => { console.log('held'); return new Promise((done) => setTimeout(done, 1e9)); });`;

test('the lock of a killed process is free at once', async () => {
  const directory = join(root, 'killed');
  const holder = startNode(holdForEver, [directory]);
  await once(holder.stdout, 'data');
  const waiting = withLock(directory, async () => 'mine');
  holder.kill('SIGKILL');
  const killedAt = performance.now();
  assert.equal(await waiting, 'mine');
  assert.ok(performance.now() - killedAt < 10_000);
});

test('a living holder is waited for, and named when it takes too long', async () => {
  const directory = join(root, 'busy');
  const holder = startNode(holdForEver, [directory]);
  try {
    await once(holder.stdout, 'data');
    await assert.rejects(
      withLock(directory, async () => 'mine', 200),
      (error) => error instanceof OciError && error.code === 'busy' && error.message.includes(String(holder.pid)),
    );
  } finally {
    holder.kill('SIGKILL');
  }
});

const strangers = {
  'a process that has ended': { pid: 2 ** 22 - 1 },
  'an earlier process with the same id': { started: '1' },
  'a ticket cut short by a power failure': undefined,
};
for (const [who, change] of Object.entries(strangers)) {
  test(`the lock left by ${who} is free`, async () => {
    const directory = join(root, who.replaceAll(' ', '-'));
    await withLock(directory, async () => undefined);
    const ticket = JSON.stringify({ ...(await ownIdentity()), released: false, ...change });
    await writeFile(join(directory, '2'), change === undefined ? '{"pid":' : ticket);
    assert.equal(await withLock(directory, async () => 'mine', 1_000), 'mine');
  });
}

test('a holder on another machine, which cannot be asked, is waited for', async () => {
  const directory = join(root, 'elsewhere');
  await withLock(directory, async () => undefined);
  await writeFile(
    join(directory, '2'),
    JSON.stringify({ ...(await ownIdentity()), place: 'elsewhere', released: false }),
  );
  await assert.rejects(
    withLock(directory, async () => 'mine', 100),
    OciError,
  );
});
