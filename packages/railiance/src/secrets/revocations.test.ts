import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { homeAt } from '../config/home.ts';
import { Secret } from '../domain/secret.ts';
import { createMemorySecretStore } from '../testing/memorySecretStore.ts';
import { createFileRevocations, versionsHolding } from './revocations.ts';

const root = mkdtempSync(join(tmpdir(), 'railiance-revocations-'));
after(() => rmSync(root, { recursive: true }));
const home = homeAt({ RAILIANCE_HOME: root });
const target = { app: 'probe', stage: 'production' };
const revocation = { version: 'v1', names: ['A'], reason: 'in a log', actor: 'me', at: '2031-01-01T00:00:00Z' };

test('a revoked version stays revoked, for its app and stage alone', async () => {
  const revocations = createFileRevocations(home);
  assert.equal(await revocations.of(target, 'v1'), undefined);
  await revocations.add(target, revocation);
  await revocations.add(target, revocation);
  await revocations.add(target, { ...revocation, names: ['B'] });
  const again = createFileRevocations(home);
  assert.deepEqual((await again.of(target, 'v1'))?.names, ['A', 'B']);
  assert.equal((await again.list(target)).length, 1);
  assert.equal(await again.of({ ...target, stage: 'canary' }, 'v1'), undefined);
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
