import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { type Home, homeAt } from '../config/home.ts';
import { systemClock } from '../domain/clock.ts';
import { target } from '../domain/name.ts';
import { createSigner } from '../secrets/signer.ts';
import { storeKey } from '../secrets/storeKey.ts';
import { scratchDirectory } from '../testing/scratch.ts';
import { approvalStoreContract, sampleApproval } from './approvalStoreContract.ts';
import { createFileApprovalStore } from './fileApprovalStore.ts';

const folder = await scratchDirectory('approvals');
let count = 0;

const openHome = () => homeAt({ RAILIANCE_HOME: join(folder, String(++count)) });
const openIn = (home: Home) =>
  createFileApprovalStore({ home, clock: systemClock, signer: createSigner(() => storeKey(home)) });

approvalStoreContract('files', async () => {
  const home = openHome();
  return () => openIn(home);
});

async function stage() {
  const home = openHome();
  const store = openIn(home);
  const on = target('probe', 'production');
  const approval = sampleApproval(on);
  await store.add(approval);
  const file = join(home.target(on), 'approvals', `${approval.id}.json`);
  return { store, on, approval, file };
}

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

test('a yes whose use cannot be read is none', async () => {
  const { store, on, file, approval } = await stage();
  await store.take(on, approval.id, 'run-1');
  await writeFile(file.replace('.json', '.used'), '{"runId":');
  assert.equal((await store.list(on))[0]?.sound, false);
});
