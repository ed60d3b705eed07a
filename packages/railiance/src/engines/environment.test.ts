import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Secret } from '../domain/secret.ts';
import { environmentOf } from './environment.ts';
import { backoffMs } from './local/instances/backoff.ts';

const input = {
  target: { app: 'probe', stage: 'canary' },
  run: { env: { GREETING: 'plain', PORT: '9', RAILIANCE_APP: 'other', BOTH: 'plain' } },
  secrets: { KEY: new Secret('hidden'), BOTH: new Secret('secret') },
  labels: { tag: 'abc123', 'run-id': 'r7', app: 'label' },
  url: 'http://probe.canary.localhost:8080',
  launchId: 'i1',
};

test('an app learns who it is, and neither its own values nor labels can say otherwise', () => {
  assert.deepEqual(environmentOf({ ...input, port: 20001 }), {
    GREETING: 'plain',
    BOTH: 'secret',
    KEY: 'hidden',
    RAILIANCE_TAG: 'abc123',
    RAILIANCE_RUN_ID: 'r7',
    RAILIANCE_APP: 'probe',
    RAILIANCE_STAGE: 'canary',
    RAILIANCE_URL: 'http://probe.canary.localhost:8080',
    RAILIANCE_INSTANCE: 'i1',
    PORT: '20001',
  });
});

test('a command that does not listen keeps the app’s own PORT', () => {
  assert.equal(environmentOf(input).PORT, '9');
});

test('waits between starts double up to half a minute', () => {
  assert.deepEqual([1, 2, 3, 4, 9, 10, 100].map(backoffMs), [100, 200, 400, 800, 25_600, 30_000, 30_000]);
});
