import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { homeAt } from '../config/home.ts';
import { Secret } from '../domain/secret.ts';
import { createMemorySecretStore } from '../testing/memorySecretStore.ts';
import { createFileRevocations, versionsHolding } from './revocations.ts';
import { revocationsContract } from './revocationsContract.ts';

const root = mkdtempSync(join(tmpdir(), 'railiance-revocations-'));
after(() => rmSync(root, { recursive: true }));
const home = homeAt({ RAILIANCE_HOME: root });
const target = { app: 'probe', stage: 'production' };

revocationsContract('files', async () => {
  const own = homeAt({ RAILIANCE_HOME: mkdtempSync(join(root, 'home-')) });
  return () => createFileRevocations(own);
});

test('a list that cannot be read is not taken for an empty one', async () => {
  const broken = { app: 'probe', stage: 'broken' };
  mkdirSync(home.target(broken), { recursive: true });
  for (const text of ['', '{}', '{"schema":"railiance.revocations.v2","revocations":[]}']) {
    writeFileSync(join(home.target(broken), 'revocations.json'), text);
    await assert.rejects(createFileRevocations(home).of(broken, 'v1'), { name: 'Failure' });
  }
});

test('finds every kept version that holds a leaked value, under whatever name', async () => {
  const store = createMemorySecretStore();
  const leaky = await store.put(target, { A: new Secret('leaked'), B: new Secret('other') });
  const renamed = await store.put(target, { C: new Secret('leaked') });
  await store.put(target, { A: new Secret('fine') });
  const found = await versionsHolding(store, target, new Set(['leaked']));
  assert.deepEqual(
    found.map(({ version, names }) => [version, names]).sort(),
    [
      [leaky, ['A']],
      [renamed, ['C']],
    ].sort(),
  );
});
