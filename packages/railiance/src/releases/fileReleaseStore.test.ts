import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { homeAt } from '../config/home.ts';
import { target } from '../domain/name.ts';
import { sampleRelease } from '../testing/sampleRelease.ts';
import { releaseStoreContract } from './contract.ts';
import { createFileReleaseStore } from './fileReleaseStore.ts';

const root = await mkdtemp(join(tmpdir(), 'railiance-releases-'));
after(() => rm(root, { recursive: true, force: true }));

let homes = 0;
const newHome = () => homeAt({ RAILIANCE_HOME: join(root, String(homes++)) });
const canary = target('probe', 'canary');

releaseStoreContract('files', async () => createFileReleaseStore({ home: newHome() }));

describe('release files', () => {
  const released = async () => {
    const home = newHome();
    const store = createFileReleaseStore({ home });
    for (const tag of ['v1', 'v2']) await store.record(sampleRelease(tag), 1);
    return { store, fileOf: (number: number) => join(home.target(canary), 'releases', `00000${number}.json`) };
  };

  test('are private', async () => {
    const { fileOf } = await released();
    assert.equal((await stat(fileOf(1))).mode & 0o777, 0o600);
  });

  const damages = [
    { name: 'empty', damage: () => '' },
    { name: 'cut', damage: (text: string) => text.slice(0, -20) },
    { name: 'edited', damage: (text: string) => text.replace('ada@here', 'eve@here') },
    { name: 'under a newer lease by hand', damage: (text: string) => text.replace('"fencing": 1', '"fencing": 9') },
    {
      name: 'of another schema',
      damage: (text: string) => text.replace('railiance.release.v1', 'railiance.release.v2'),
    },
    { name: 'not an object', damage: () => 'null' },
    { name: 'absurdly large', damage: () => ' '.repeat(17 << 20) },
  ];
  for (const { name, damage } of damages) {
    test(`that are ${name} are refused by name`, async () => {
      const { store, fileOf } = await released();
      await writeFile(fileOf(2), damage(await readFile(fileOf(2), 'utf8')));
      for (const read of [() => store.get(canary, 2), () => store.head(canary), () => store.list(canary)]) {
        await assert.rejects(read(), (error: Error & { exitCode: number }) => {
          assert.equal(error.exitCode, 5);
          assert.ok(error.message.includes(fileOf(2)), error.message);
          return true;
        });
      }
    });
  }

  test('that were moved to another number are refused', async () => {
    const { store, fileOf } = await released();
    await writeFile(fileOf(2), await readFile(fileOf(1), 'utf8'));
    await assert.rejects(store.get(canary, 2), /it is the record of probe@canary number 1/);
  });

  test('that are old and damaged do not keep new ones from being written', async () => {
    const { store, fileOf } = await released();
    await writeFile(fileOf(1), 'x');
    assert.equal((await store.record(sampleRelease('v3'), 2)).number, 3);
  });
});
