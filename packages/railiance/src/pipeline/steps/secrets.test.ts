import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { AppSpec, DatabaseSpec } from '../../domain/app.ts';
import { Failure } from '../../domain/failure.ts';
import { type Target, target } from '../../domain/name.ts';
import { Secret, type Secrets } from '../../domain/secret.ts';
import { generateMissing } from '../../secrets/generate.ts';
import type { SealedCopy } from '../../secrets/sealedCopies.ts';
import { createFakeDatabase } from '../../testing/fakeDatabase.ts';
import { createMemorySecretStore } from '../../testing/memorySecretStore.ts';
import { sampleContext } from '../../testing/sampleContext.ts';
import { createKeptSecretsStep } from './keptSecrets.ts';
import { createSecretsStep } from './secrets.ts';

const canary = target('probe', 'canary');
const database: DatabaseSpec = { name: 'probe', user: 'probe', migrateTimeoutMs: 1, scope: 'stage' };

const app = (secrets: AppSpec['secrets']) => ({ slug: 'probe', directory: '/src/probe', secrets });

function step(open?: () => Promise<Secrets>) {
  const secrets = createMemorySecretStore();
  const copies = new Map<string, string>();
  const sealedCopies = {
    keep: async (_target: Target, version: string, { text }: SealedCopy) => void copies.set(version, text),
    get: async () => undefined,
    versions: async () => [],
    remove: async () => {},
  };
  const sealedSecrets = async () => ({
    values: (await open?.()) ?? {},
    copy: { text: 'ciphertext', extension: '.yaml' },
    ciphertextHash: 'sha256:of-it',
  });
  const ports = {
    secrets,
    database: createFakeDatabase(),
    generateMissing,
    ...(open && { sealedSecrets, sealedCopies }),
  };
  return { secrets, copies, ...createSecretsStep(ports) };
}

describe('the secrets of a release', () => {
  test('are made once, and are the same ever after', async () => {
    const { run } = step();
    const input = { target: canary, app: app({ required: ['DATABASE_URL'], generate: ['SESSION'] }), database };
    const first = await run(input, sampleContext());
    const second = await run(input, sampleContext());
    assert.ok(first.status === 'succeeded' && second.status === 'succeeded');
    assert.deepEqual(first.output.names, ['DATABASE_URL', 'SESSION']);
    assert.deepEqual(second.output, first.output);
    assert.deepEqual([first.changed, second.changed], [true, false]);
  });

  test('never appear in what the step says', async () => {
    const { run, secrets } = step();
    const outcome = await run(
      { target: canary, app: app({ required: [], generate: ['SESSION'] }), database },
      sampleContext(),
    );
    assert.ok(outcome.status === 'succeeded');
    for (const value of Object.values(await secrets.get(canary, outcome.output.version))) {
      assert.ok(!JSON.stringify(outcome).includes(value.reveal()));
    }
  });

  test('keep what app.toml still requires, and drop what it no longer names', async () => {
    const { run, secrets } = step();
    await secrets.put(canary, { API_KEY: new Secret('given'), OLD: new Secret('given') });
    const outcome = await run({ target: canary, app: app({ required: ['API_KEY'], generate: [] }) }, sampleContext());
    assert.ok(outcome.status === 'succeeded');
    assert.deepEqual(outcome.output.names, ['API_KEY']);
    assert.equal((await secrets.get(canary, outcome.output.version)).API_KEY?.reveal(), 'given');
  });

  test("come from the app's own file, which wins over what was there, but not over the database's address", async () => {
    const texts = { API_KEY: 'new', SESSION: 'chosen', DATABASE_URL: 'postgresql://elsewhere' };
    const sealed = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, new Secret(text)]));
    const { run, secrets, copies } = step(async () => sealed);
    await secrets.put(canary, { API_KEY: new Secret('old') });
    const input = {
      target: canary,
      app: app({ file: 's.yaml', required: ['API_KEY'], generate: ['SESSION'] }),
      database,
    };
    const outcome = await run(input, sampleContext());
    assert.ok(outcome.status === 'succeeded');
    const values = await secrets.get(canary, outcome.output.version);
    assert.deepEqual([values.API_KEY?.reveal(), values.SESSION?.reveal()], ['new', 'chosen']);
    assert.match(values.DATABASE_URL?.reveal() ?? '', /@127\.0\.0\.1/);
    assert.equal(outcome.output.ciphertextHash, 'sha256:of-it');
    assert.deepEqual([...copies], [[outcome.output.version, 'ciphertext']]);
  });

  test('stop the run where the file cannot be opened', async () => {
    const input = { target: canary, app: app({ file: 's.yaml', required: [], generate: [] }) };
    const locked = step(() => Promise.reject(new Failure('open s.yaml', 'no key fits', { hint: 'ask for access' })));
    const outcome = await locked.run(input, sampleContext());
    assert.ok(outcome.status === 'failed');
    assert.deepEqual(outcome.cause, {
      name: 'secret-missing',
      summary: 'open s.yaml: no key fits',
      hint: 'ask for access',
    });
  });

  test('that are required and not there are all named, and nothing is stored', async () => {
    const { run, secrets } = step();
    const required = ['A_KEY', 'toString', 'B_KEY'];
    const outcome = await run({ target: canary, app: app({ required, generate: ['B_KEY'] }) }, sampleContext());
    assert.ok(outcome.status === 'failed');
    assert.equal(outcome.cause.name, 'secret-missing');
    assert.match(outcome.cause.summary, /probe@canary has no value for A_KEY, toString$/);
    assert.equal(await secrets.latest(canary), undefined);
  });

  test('of an earlier release are taken as they were, or named as missing', async () => {
    const secrets = createMemorySecretStore();
    const version = await secrets.put(canary, { OLD: new Secret('value') });
    await secrets.put(canary, { NEW: new Secret('value') });
    const { run } = createKeptSecretsStep({ secrets });
    const outcome = await run({ target: canary, version }, sampleContext());
    assert.ok(outcome.status === 'succeeded');
    assert.deepEqual(outcome.output, { version, names: ['OLD'] });
    await secrets.remove(canary, version);
    const missing = await run({ target: canary, version }, sampleContext());
    assert.ok(missing.status === 'failed');
    assert.equal(missing.cause.name, 'secret-missing');
  });
});
