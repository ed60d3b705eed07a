import assert from 'node:assert/strict';
import { test } from 'node:test';

import { databaseSpec } from '../../../database/contract.ts';
import { target } from '../../../domain/name.ts';
import type { Revocation } from '../../../secrets/revocations.ts';
import { createFakeDatabase } from '../../../testing/fakeDatabase.ts';
import { createMemoryReleaseStore } from '../../../testing/memoryReleaseStore.ts';
import { createMemorySecretStore } from '../../../testing/memorySecretStore.ts';
import { sampleRelease } from '../../../testing/sampleRelease.ts';
import { turnDatabaseLogin } from './turnDatabaseLogin.ts';

const canary = target('probe', 'canary');
const spec = databaseSpec();

/** A stage on which releases are made with the login of the moment, without the rest of a deploy. */
function stageWithDatabase() {
  const revoked: Revocation[] = [];
  const ports = {
    database: createFakeDatabase(),
    secrets: createMemorySecretStore(),
    releases: createMemoryReleaseStore(),
    revocations: { list: async () => revoked },
  };
  const release = async (tag: string) => {
    const { url } = await ports.database.provision(canary, spec);
    const version = await ports.secrets.put(canary, { DATABASE_URL: url });
    await ports.releases.record(sampleRelease(tag, { secrets: { version, names: ['DATABASE_URL'] } }), 1);
    return version;
  };
  const turn = async () => await turnDatabaseLogin(spec, [{ target: canary, ports }]);
  const revoke = (version: string) =>
    revoked.push({ version, names: ['DATABASE_URL'], reason: 'leaked', actor: 'a', at: '2026-01-01T00:00:00Z' });
  return { release, turn, revoke };
}

test('a login turns after a release, and that release keeps its own', async () => {
  const { release, turn } = stageWithDatabase();
  await release('v1');
  await turn();
  await release('v2');
});

test('turned twice without a deploy, it would shut out what serves', async () => {
  const { release, turn } = stageWithDatabase();
  await release('v1');
  await turn();
  await assert.rejects(turn(), { problem: /^release 1 serves, and still logs in as probe_canary$/, exitCode: 4 });
});

test('turned again, it would shut out a release that may come back, unless that is barred', async () => {
  const { release, turn, revoke } = stageWithDatabase();
  const first = await release('v1');
  await turn();
  await release('v2');
  await assert.rejects(turn(), { problem: /^release 1 could not log in any more/, exitCode: 4 });
  revoke(first);
  await turn();
});
