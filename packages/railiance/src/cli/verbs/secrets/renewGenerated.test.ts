import assert from 'node:assert/strict';
import { test } from 'node:test';

import { target } from '../../../domain/name.ts';
import { Secret } from '../../../domain/secret.ts';
import { createMemorySecretStore } from '../../../testing/memorySecretStore.ts';
import { renewGenerated } from './renewGenerated.ts';

const canary = target('probe', 'canary');

async function latest(store: ReturnType<typeof createMemorySecretStore>) {
  const values = await store.get(canary, (await store.latest(canary)) ?? '');
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.reveal()]));
}

test('a generated value is made anew, and the others stay', async () => {
  const store = createMemorySecretStore();
  await store.put(canary, { SESSION: new Secret('old'), OTHER: new Secret('other') });
  await renewGenerated('SESSION', canary, store, false);
  const { SESSION, ...others } = await latest(store);
  assert.match(SESSION ?? '', /^[\w-]{43}$/);
  assert.deepEqual(others, { OTHER: 'other' });
});

test('the value before is kept once that was asked for, and from then on', async () => {
  const store = createMemorySecretStore();
  await store.put(canary, { SESSION: new Secret('one') });
  await renewGenerated('SESSION', canary, store, true);
  const first = await latest(store);
  assert.equal(first.SESSION_PREVIOUS, 'one');
  await renewGenerated('SESSION', canary, store, false);
  assert.equal((await latest(store)).SESSION_PREVIOUS, first.SESSION);
});
