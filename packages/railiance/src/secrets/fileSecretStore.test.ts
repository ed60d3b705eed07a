import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { homeAt } from '../config/home.ts';
import { target } from '../domain/name.ts';
import { Secret } from '../domain/secret.ts';
import { secretStoreContract } from './contract.ts';
import { createFileSecretStore } from './fileSecretStore.ts';
import { storeKeyFile } from './storeKey.ts';

const folders: string[] = [];
after(async () => await Promise.all(folders.map(async (folder) => await rm(folder, { recursive: true }))));

async function emptyHome() {
  const folder = await mkdtemp(join(tmpdir(), 'railiance-secrets-'));
  folders.push(folder);
  return homeAt({ RAILIANCE_HOME: join(folder, 'home') });
}

const canary = target('probe', 'canary');
const hush = { TOKEN: new Secret('hush-hush') };
const fileOf = (home: Awaited<ReturnType<typeof emptyHome>>, version: string) =>
  join(home.target(canary), 'secrets', `${version}.json`);

secretStoreContract('files', async () => createFileSecretStore({ home: await emptyHome() }));

describe('file secret store', () => {
  test('lets nobody else read', async () => {
    const home = await emptyHome();
    const version = await createFileSecretStore({ home }).put(canary, hush);
    const mode = async (file: string) => (await stat(file)).mode & 0o777;
    assert.equal(await mode(fileOf(home, version)), 0o600);
    assert.equal(await mode(storeKeyFile(home)), 0o600);
    assert.equal(await mode(join(home.target(canary), 'secrets')), 0o700);
  });

  test('finds in a second store what the first one put', async () => {
    const home = await emptyHome();
    const version = await createFileSecretStore({ home }).put(canary, hush);
    const again = createFileSecretStore({ home });
    assert.equal(await again.latest(canary), version);
    assert.equal((await again.get(canary, version)).TOKEN?.reveal(), 'hush-hush');
  });

  for (const [damage, change] of [
    ['cut short', (text: string) => text.slice(0, text.length / 2)],
    ['emptied', () => ''],
    ['edited', (text: string) => text.replace('hush-hush', 'hash-hash')],
    ['given another secret', (text: string) => text.replace('"TOKEN"', '"OTHER": "x", "TOKEN"')],
    ['of another form', () => '[]'],
  ] as const) {
    test(`refuses a file that was ${damage}, without showing it, and mends it when the values are put again`, async () => {
      const home = await emptyHome();
      const store = createFileSecretStore({ home });
      const version = await store.put(canary, hush);
      const file = fileOf(home, version);
      await writeFile(file, change(await readFile(file, 'utf8')));
      await assert.rejects(store.get(canary, version), (error: Error) => {
        assert.match(error.message, /is damaged/);
        assert.doesNotMatch(`${error.message}${error.stack}`, /hush|hash-hash/);
        return true;
      });
      assert.equal(await store.put(canary, hush), version);
      assert.equal((await store.get(canary, version)).TOKEN?.reveal(), 'hush-hush');
    });
  }

  test('makes no new key beside versions of a lost one', async () => {
    const home = await emptyHome();
    const store = createFileSecretStore({ home });
    await store.put(canary, hush);
    await rm(storeKeyFile(home));
    await assert.rejects(store.put(target('other', 'canary'), hush), /secret-store\.key is missing/);
    await writeFile(storeKeyFile(home), 'short');
    await assert.rejects(store.put(canary, hush), /secret-store\.key is damaged/);
  });

  test('makes one key, however many stores begin at once', async () => {
    const home = await emptyHome();
    const put = async () => await createFileSecretStore({ home }).put(canary, hush);
    assert.equal(new Set(await Promise.all(Array.from({ length: 20 }, put))).size, 1);
  });
});
