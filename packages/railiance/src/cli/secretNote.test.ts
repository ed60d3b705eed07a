import assert from 'node:assert/strict';
import { test } from 'node:test';

import { databaseSpec } from '../database/contract.ts';
import { target } from '../domain/name.ts';
import type { Stage } from '../domain/stage.ts';
import { createFakeDatabase } from '../testing/fakeDatabase.ts';
import { createMemorySecretStore } from '../testing/memorySecretStore.ts';
import { sampleApp, sampleRelease } from '../testing/sampleRelease.ts';
import { withSecretNote } from './secretNote.ts';

const stage: Stage = { name: 'canary', engine: 'local', production: false, settings: {} };
const canary = target('probe', 'canary');
const app = { ...sampleApp, database: databaseSpec() };
const plan = { schema: 'railiance.plan.v1', command: 'deploy', ...canary, steps: [], notes: [] } as const;

function stageWithRelease() {
  const ports = { database: createFakeDatabase(), secrets: createMemorySecretStore() };
  const release = async () => {
    const { url } = await ports.database.provision(canary, app.database);
    const version = await ports.secrets.put(canary, { DATABASE_URL: url });
    return { ...sampleRelease('v1', { secrets: { version, names: ['DATABASE_URL'] } }), number: 1 };
  };
  const turn = async () =>
    await ports.database.turnLogin(canary, app.database, await ports.database.nextLogin(canary, app.database));
  return { ports, release, turn };
}

test('a plan tells of an address of the database that is made, kept, or turned since, and shows none of it', async () => {
  const { ports, release, turn } = stageWithRelease();
  const noted = async (current?: Awaited<ReturnType<typeof release>>) =>
    (await withSecretNote(plan, ports, { app, stage }, current)).notes;
  assert.deepEqual(await noted(), ['secrets: + DATABASE_URL']);
  const first = await release();
  assert.deepEqual(await noted(first), ['secrets: as they are']);
  await turn();
  assert.deepEqual(await noted(first), ['secrets: ~ DATABASE_URL']);
  assert.deepEqual(await noted(await release()), ['secrets: as they are']);
});

test('a stage that gives no databases is not asked for one', async () => {
  const { ports } = stageWithRelease();
  const database = { ...ports.database, knownUrl: () => assert.fail('asked') };
  const elsewhere: Stage = { ...stage, engine: 'kubernetes' };
  const { notes } = await withSecretNote(plan, { ...ports, database }, { app, stage: elsewhere }, undefined);
  assert.deepEqual(notes, ['secrets: + DATABASE_URL']);
});
