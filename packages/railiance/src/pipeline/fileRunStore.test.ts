import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { homeAt } from '../config/home.ts';
import { systemClock } from '../domain/clock.ts';
import { target } from '../domain/name.ts';
import { createFileRunStore } from './fileRunStore.ts';
import type { JournalHandle, OpenHandle } from './journal.ts';
import { createRunId } from './runId.ts';
import { firstEntry, runStoreContract } from './runStoreContract.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-runs-'));
after(() => rm(root, { recursive: true, force: true }));

const canary = target('probe', 'canary');
let homes = 0;
function newHome() {
  return homeAt({ RAILIANCE_HOME: join(root, String(homes++)) });
}

runStoreContract('files', async () => createFileRunStore({ home: newHome(), clock: systemClock }));

test('the evidence of a run whose journal is in a cluster is no run of this machine', async () => {
  const home = newHome();
  await mkdir(join(home.target(canary), 'runs', createRunId(1), 'evidence'), { recursive: true });
  assert.deepEqual(await createFileRunStore({ home, clock: systemClock }).list(canary), []);
});

async function runWithSteps(openHandle?: OpenHandle) {
  const home = newHome();
  const store = createFileRunStore({ home, clock: systemClock, ...(openHandle && { openHandle }) });
  const runId = createRunId(1);
  const journal = await store.create(canary, runId, firstEntry(runId));
  const folder = join(home.target(canary), 'runs', runId);
  return { store, runId, journal, folder, file: join(folder, 'journal.jsonl') };
}

describe('a journal on disk', () => {
  test('is private', async () => {
    const { journal, folder, file } = await runWithSteps();
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    await journal.close();
  });

  test('whose last line was cut is used up to the line before; the rest is kept beside it', async () => {
    const { store, runId, journal, folder, file } = await runWithSteps();
    await journal.append({ kind: 'step-intent', step: 'a' });
    await journal.append({ kind: 'step-intent', step: 'b' });
    await journal.close();
    const before = await readFile(file);
    await truncate(file, before.length - 5);
    const again = await store.open(canary, runId);
    assert.equal(again.records.length, 2);
    await again.append({ kind: 'step-intent', step: 'c' });
    await again.close();
    assert.equal((await store.read(canary, runId)).length, 3);
    const rest = before.toString().trimEnd().split('\n').at(-1)?.slice(0, -4);
    assert.equal(await readFile(again.setAside ?? '', 'utf8'), rest);
    assert.ok((await readdir(folder)).some((name) => name.startsWith('damaged-')));
  });

  test('with rubbish at its end is read up to it, also without being opened', async () => {
    const { store, runId, journal, file } = await runWithSteps();
    await journal.close();
    await appendFile(file, Buffer.alloc(4096));
    assert.equal((await store.read(canary, runId)).length, 1);
  });

  for (const code of ['ENOSPC', 'EIO', 'EROFS']) {
    for (const place of ['write', 'datasync'] as const) {
      test(`stops for good at ${code} in ${place}, and can be gone on with later`, async () => {
        const failing = failingHandle(place, code, 2);
        const { store, runId, journal } = await runWithSteps(failing);
        await journal.append({ kind: 'step-intent', step: 'a' });
        await assert.rejects(journal.append({ kind: 'step-intent', step: 'b' }), { name: 'Failure', exitCode: 5 });
        await assert.rejects(journal.append({ kind: 'step-intent', step: 'c' }), new RegExp(`\\(${code}\\)`));
        assert.equal(journal.records.length, 2);
        await journal.close();
        const records = await store.read(canary, runId);
        assert.ok(records.length >= 2 && !JSON.stringify(records).includes('"c"'));
      });
    }
  }

  test('is written whole where the disk takes it in pieces', async () => {
    const { store, runId, journal } = await runWithSteps(inPieces);
    await journal.append({ kind: 'step-intent', step: 'a long enough name for several pieces' });
    await journal.close();
    assert.equal((await store.read(canary, runId)).length, 2);
  });

  test('that cannot be made leaves no run behind', async () => {
    const file = join(root, 'a-file');
    await writeFile(file, '');
    const home = homeAt({ RAILIANCE_HOME: join(file, 'home') });
    const store = createFileRunStore({ home, clock: systemClock });
    await assert.rejects(store.create(canary, createRunId(1), firstEntry('x')), { name: 'Failure', exitCode: 5 });
  });
});

/** A real file whose handle fails at its nth use, as a disk does: from then on nothing is known. */
function failingHandle(place: 'write' | 'datasync', code: string, nth: number): OpenHandle {
  return async (file) => {
    const handle = await open(file, 'a', 0o600);
    let uses = 0;
    const fail = async () => {
      throw Object.assign(new Error(`${code}: from the disk`), { code });
    };
    const failing = (method: 'write' | 'datasync') => (place === method && ++uses === nth ? fail() : undefined);
    return {
      write: ((bytes: Uint8Array, offset: number) =>
        failing('write') ?? handle.write(bytes, offset)) as JournalHandle['write'],
      datasync: () => failing('datasync') ?? handle.datasync(),
      close: () => handle.close(),
    };
  };
}

const inPieces: OpenHandle = async (file) => {
  const handle = await open(file, 'a', 0o600);
  const write = (bytes: Uint8Array, offset: number) => handle.write(bytes, offset, Math.min(7, bytes.length - offset));
  return { write: write as JournalHandle['write'], datasync: () => handle.datasync(), close: () => handle.close() };
};
