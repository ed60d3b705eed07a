import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { homeAt } from '../config/home.ts';
import { type Approval, approvalSchema } from '../domain/approval.ts';
import type { Digest } from '../domain/artifact.ts';
import { systemClock } from '../domain/clock.ts';
import { target } from '../domain/name.ts';
import { createSigner } from '../secrets/signer.ts';
import { scratchDirectory } from '../testing/scratch.ts';
import { createFileApprovalStore } from './fileApprovalStore.ts';

const folder = await scratchDirectory('approvals');
const digest: Digest = `sha256:${'a'.repeat(64)}`;
let count = 0;

async function stage() {
  const home = homeAt({ RAILIANCE_HOME: join(folder, String(++count)) });
  const store = createFileApprovalStore({ home, clock: systemClock, signer: createSigner(home) });
  const on = target('probe', 'production');
  const approval: Approval = {
    schema: approvalSchema,
    ...on,
    ...{ id: randomUUID(), digest, tag: 'v1', by: 'ada', givenAt: '2026-01-01', expiresAt: '2026-01-02' },
  };
  await store.add(approval);
  const file = join(home.target(on), 'approvals', `${approval.id}.json`);
  return { home, store, on, approval, file };
}

test('a yes is kept as it was given, signed, and one later process reads it so', async () => {
  const { home, approval, on } = await stage();
  const later = createFileApprovalStore({ home, clock: systemClock, signer: createSigner(home) });
  assert.deepEqual(await later.list(on), [{ approval, sound: true }]);
});

test('of many runs that want the same yes, one gets it', async () => {
  const { store, on, approval } = await stage();
  await Promise.all(Array.from({ length: 20 }, (_, n) => store.take(on, approval.id, `run-${n}`)));
  const [first] = await store.list(on);
  await store.take(on, approval.id, 'latecomer');
  const [after] = await store.list(on);
  assert.match(first?.usedBy ?? '', /^run-\d+$/);
  assert.equal(after?.usedBy, first?.usedBy);
});

test('what is changed, renamed, or brought from another home is not sound', async () => {
  const { store, on, file, approval } = await stage();
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('"v1"', '"v2"'));
  assert.equal((await store.list(on))[0]?.sound, false);
  await writeFile(file, text);
  assert.equal((await store.list(on))[0]?.sound, true);
  await rename(file, file.replace(approval.id, randomUUID()));
  assert.equal((await store.list(on))[0]?.sound, false);
  const other = await stage();
  await writeFile(other.file, text.replaceAll(approval.id, other.approval.id));
  assert.equal((await other.store.list(on))[0]?.sound, false);
  await writeFile(other.file, '{"approval": {');
  assert.deepEqual(await other.store.list(on), []);
});

test('whoever watches hears of a yes and of its end', async () => {
  const { store, on, approval } = await stage();
  const { signal, abort } = ((controller) => ({
    signal: controller.signal,
    abort: () => controller.abort(),
  }))(new AbortController());
  const heard = Promise.withResolvers<void>();
  store.watch(on, () => heard.resolve(), signal);
  await store.withdraw(on, approval.id, 'bob');
  await heard.promise;
  abort();
  assert.equal((await store.list(on))[0]?.withdrawn?.by, 'bob');
});
