import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { defineCheck, type SmokeCheck } from '../../checks/check.ts';
import type { SmokeSpec } from '../../domain/app.ts';
import { Secret } from '../../domain/secret.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { createFakeClock } from '../../testing/fakeClock.ts';
import { createFakeEngine } from '../../testing/fakeEngine.ts';
import { createMemorySecretStore } from '../../testing/memorySecretStore.ts';
import { sampleContext } from '../../testing/sampleContext.ts';
import { sampleApp } from '../../testing/sampleRelease.ts';
import { createRestoredStep } from './restored.ts';
import { createSmokeStep, type SmokePorts } from './smoke.ts';

const target = { app: 'probe', stage: 'canary' };
const candidate = { url: 'http://candidate', connect: { host: '127.0.0.1', port: 1 } };
const start = { instanceId: 'new', candidate, previous: 'old', reused: false };
const specs = ['write', 'read'].map((name): SmokeSpec => ({ ...(sampleApp.smoke[0] as SmokeSpec), name }));

interface Asked {
  readonly name: string;
  readonly url: string;
  readonly token: string | undefined;
  readonly redacted: string;
}

async function smokeWith(verdictOf: (asked: readonly Asked[]) => Verdict) {
  const asked: Asked[] = [];
  const smokeCheck: SmokeCheck = defineCheck({
    name: 'smoke',
    async run({ name }, { route, secret, redact }) {
      const seen = `the token is ${secret('TOKEN')}`;
      asked.push({ name, url: route.url, token: secret('TOKEN'), redacted: redact(seen) });
      return { name, verdict: verdictOf(asked), summary: redact(seen), durationMs: 1 };
    },
  });
  const secrets = createMemorySecretStore();
  const version = await secrets.put(target, { TOKEN: new Secret('the-very-token') });
  const clock = createFakeClock();
  const engine = { ...createFakeEngine(), evidence: async () => ({ logs: ['last line'] }) };
  const ports: SmokePorts = { engine, smokeCheck, secrets, clock };
  const context = sampleContext({ start, secrets: { version, names: ['TOKEN'] } });
  return { asked, ports, context, clock, version };
}

describe('the smoke test', () => {
  test('asks every question in order, through the route it is told, with the secrets of the release', async () => {
    const { asked, ports, context } = await smokeWith(() => 'pass');
    const step = createSmokeStep(ports);
    assert.equal((await step.run({ target, through: 'candidate', checks: specs }, context)).status, 'succeeded');
    assert.equal((await step.run({ target, through: 'public', checks: specs }, context)).status, 'succeeded');
    assert.deepEqual(
      asked.map(({ name, url }) => `${name} ${url}`),
      [
        'write http://candidate',
        'read http://candidate',
        'write http://probe.canary.fake',
        'read http://probe.canary.fake',
      ],
    );
    assert.deepEqual([...new Set(asked.map(({ token }) => token))], ['the-very-token']);
    assert.ok(asked.every(({ redacted }) => !redacted.includes('the-very-token')));
  });

  test('fails with the first no, the last lines of the instance as evidence', async () => {
    const { ports, context } = await smokeWith((asked) => (asked.length === 2 ? 'fail' : 'pass'));
    const outcome = await createSmokeStep(ports).run({ target, through: 'public', checks: specs }, context);
    assert.ok(outcome.status === 'failed');
    assert.equal(outcome.cause.name, 'smoke');
    assert.match(outcome.cause.summary, /^read: .* through the public route$/);
    assert.deepEqual(outcome.evidence.logs, ['last line']);
    assert.equal(outcome.checks?.length, 2);
    assert.ok(!JSON.stringify(outcome).includes('the-very-token'));
  });

  test('could not tell where a question could not be asked; a no weighs more', async () => {
    const unknown = await smokeWith(() => 'unknown');
    const input = { target, through: 'candidate', checks: specs } as const;
    assert.equal((await createSmokeStep(unknown.ports).run(input, unknown.context)).status, 'errored');
    const both = await smokeWith((asked) => (asked.length === 1 ? 'unknown' : 'fail'));
    assert.equal((await createSmokeStep(both.ports).run(input, both.context)).status, 'failed');
  });

  test('keeps watching for as long as it is told, and sees what breaks late', async () => {
    for (const { breaksAt, status } of [
      { breaksAt: Number.POSITIVE_INFINITY, status: 'succeeded' },
      { breaksAt: 5, status: 'failed' },
    ]) {
      const { ports, context, clock, asked } = await smokeWith((all) => (all.length >= breaksAt ? 'fail' : 'pass'));
      const running = createSmokeStep(ports).run(
        { target, through: 'public', checks: specs, watchMs: 10_000 },
        context,
      );
      await clock.advance(20_000);
      assert.equal((await running).status, status);
      assert.ok(asked.length >= 5 && asked.length <= 24, String(asked.length));
    }
  });
});

describe('the look after an undo', () => {
  const release = (version: string) => ({ number: 1, secretsVersion: version, smoke: specs });

  test('says what is left where nothing served before, and where what served is gone', async () => {
    const { ports, context, version } = await smokeWith(() => 'pass');
    const step = createRestoredStep(ports);
    const none = await step.run({ target, release: null }, context);
    assert.ok(none.status === 'failed');
    assert.match(none.cause.summary, /nothing serves: probe@canary has no earlier release/);
    const gone = await step.run({ target, release: release(version) }, context);
    assert.ok(gone.status === 'failed');
    assert.match(gone.cause.summary, /nothing serves probe@canary, release 1 did before/);
  });

  test('asks what serves the questions of its own release', async () => {
    for (const [verdict, status] of [
      ['pass', 'succeeded'],
      ['fail', 'failed'],
      ['unknown', 'failed'],
    ] as const) {
      const { ports, context, version } = await smokeWith(() => verdict);
      const old = { id: 'old', state: 'ready', configDigest: '', runtime: '', restarts: 0, startedAt: '' } as const;
      const engine = { ...ports.engine, status: async () => ({ active: old, others: [], url: 'x' }) };
      const outcome = await createRestoredStep({ ...ports, engine }).run(
        { target, release: release(version) },
        context,
      );
      assert.equal(outcome.status, status);
    }
  });
});
