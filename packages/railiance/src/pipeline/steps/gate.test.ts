import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { target } from '../../domain/name.ts';
import type { CheckResult, Verdict } from '../../domain/verdict.ts';
import { createFakeEngine } from '../../testing/fakeEngine.ts';
import { createMemoryImageRegistry } from '../../testing/memoryImageRegistry.ts';
import { createMemoryReleaseStore } from '../../testing/memoryReleaseStore.ts';
import { sampleContext } from '../../testing/sampleContext.ts';
import { sampleApp, sampleArtifact, sampleRelease } from '../../testing/sampleRelease.ts';
import type { Approvals } from '../approvals.ts';
import type { GateCheck } from '../stepPorts.ts';
import { createGateStep, type GateInput } from './gate.ts';
import type { VerifyInput } from './verify.ts';

const result = (name: string, verdict: Verdict): CheckResult => ({ name, verdict, summary: 'seen', durationMs: 1 });
const check = (name: string, verdict: Verdict): GateCheck => ({ name, run: async () => result(name, verdict) });

const registry = createMemoryImageRegistry({ has: () => true, put: () => {} });

const input: GateInput = {
  target: target('probe', 'canary'),
  app: sampleApp,
  current: null,
  essentialOnly: false,
  approval: false,
  despite: [],
};

function gate(
  gateChecks: readonly GateCheck[],
  engineChecks: readonly CheckResult[] = [],
  released = false,
  approvals?: Approvals,
) {
  const fake = createFakeEngine();
  const releases = createMemoryReleaseStore();
  const ports = {
    engine: { ...fake, check: async () => engineChecks },
    releases,
    registry,
    gateChecks: async () => gateChecks,
    ...(approvals && { approvals }),
  };
  return async (more: Partial<GateInput>) => {
    if (released) await releases.record(sampleRelease('v1'), 1);
    return await createGateStep(ports).run({ ...input, ...more }, sampleContext());
  };
}

describe('the gate', () => {
  test('says GO where everything passes', async () => {
    const outcome = await gate([check('disk', 'pass')], [result('runtime', 'pass')])({});
    assert.ok(outcome.status === 'succeeded');
    assert.deepEqual(
      outcome.checks?.map(({ name }) => name),
      ['current release', 'runtime', 'disk'],
    );
  });

  for (const verdict of ['fail', 'unknown'] as const) {
    test(`says NO-GO where a check says ${verdict}, and names it`, async () => {
      const outcome = await gate([check('disk', verdict), check('room', 'fail')])({});
      assert.ok(outcome.status === 'failed');
      assert.equal(outcome.cause.name, 'gate');
      assert.match(outcome.cause.summary, /NO-GO: disk: seen; 1 more: room/);
      assert.ok(outcome.cause.hint?.includes('--despite "disk"'));
    });
  }

  test('goes on despite a check that a person overrides, and records only what was needed', async () => {
    const despite = [
      { check: 'disk', reason: 'cleaned by hand' },
      { check: 'room', reason: 'not needed' },
    ];
    const outcome = await gate([check('disk', 'fail'), check('room', 'pass')])({ despite });
    assert.ok(outcome.status === 'succeeded');
    assert.deepEqual(outcome.output.despite, [despite[0]]);
    assert.match(outcome.warnings?.[0] ?? '', /despite "disk": cleaned by hand/);
  });

  test('says so where a check of that name is not asked', async () => {
    const outcome = await gate([check('disk', 'pass')])({ despite: [{ check: 'disc', reason: 'x' }] });
    assert.ok(outcome.status === 'succeeded');
    assert.match(outcome.warnings?.[0] ?? '', /no check is called "disc": there are .*\bdisk\b/);
  });

  test('is not overridden by the name of another check', async () => {
    const outcome = await gate([check('disk', 'fail')])({ despite: [{ check: 'room', reason: 'x' }] });
    assert.equal(outcome.status, 'failed');
  });

  test('asks only the engine for a rollback: nothing else stands between a person and the old version', async () => {
    const down = [check('registry', 'fail')];
    assert.equal((await gate(down, [result('runtime', 'pass')])({ essentialOnly: true })).status, 'succeeded');
    assert.equal((await gate(down, [result('runtime', 'fail')])({ essentialOnly: true })).status, 'failed');
  });

  test('refuses a plan that was made while something else served', async () => {
    const outcome = await gate([], [], true)({ current: null });
    assert.ok(outcome.status === 'failed');
    assert.match(outcome.cause.summary, /release 1 is current now, the plan was made for no release/);
    assert.equal((await gate([], [], true)({ current: 1 })).status, 'succeeded');
  });

  test('refuses a stage that needs a yes where none can be shown, whatever is overridden', async () => {
    const despite = [{ check: 'approval', reason: 'I know better' }];
    for (const more of [{}, { despite }]) {
      const outcome = await gate([])({ approval: true, ...more });
      assert.ok(outcome.status === 'failed');
      assert.match(outcome.cause.summary, /NO-GO: approval/);
    }
  });

  test('takes the yes only where nothing else stands in the way, and never asks for a rollback', async () => {
    const asked: string[] = [];
    const say = (how: string) => async () => {
      asked.push(how);
      return result('approval', 'pass');
    };
    const approvals = { check: say('check'), take: say('take') };
    assert.equal((await gate([check('disk', 'fail')], [], false, approvals)({ approval: true })).status, 'failed');
    assert.deepEqual(asked.splice(0), ['check']);
    assert.equal((await gate([], [], false, approvals)({ approval: true })).status, 'succeeded');
    assert.deepEqual(asked.splice(0), ['check', 'take']);
    assert.equal((await gate([], [], false, approvals)({ approval: false, essentialOnly: true })).status, 'succeeded');
    assert.deepEqual(asked, []);
  });

  describe('begins what takes long while the step before it runs', () => {
    const slow = (asked: string[], ready: Promise<void> = Promise.resolve()) => {
      const fake = createFakeEngine();
      const early: GateCheck = {
        name: 'pull',
        early: true,
        run: async () => {
          asked.push('pull');
          await ready;
          return result('pull', 'pass');
        },
      };
      return createGateStep({
        engine: { ...fake, check: async () => [] },
        releases: createMemoryReleaseStore(),
        registry,
        gateChecks: async () => [early, check('disk', 'pass')],
      });
    };
    const repository = { push: 'r.example/probe', pull: 'r.example/probe' };
    const pushed = async (tag: string) => {
      const { signal, progress } = sampleContext();
      const request = { artifact: sampleArtifact(tag), repository, layoutDir: '/', earlier: [], signal, progress };
      const { reference, manifestDigest } = await registry.publish(request);
      return { reference, manifestDigest };
    };
    /** While an image is verified that was built before. */
    const before = (tag: string) => {
      const remote = { repository, fetch: false, goesOn: false };
      const input: VerifyInput = { artifact: sampleArtifact(tag), remote };
      return sampleContext({}, { inputOf: <T>(id: string) => (id === 'verify' ? (input as T) : undefined) });
    };
    const after = async (tag: string, more = {}) =>
      sampleContext({ verify: { artifact: sampleArtifact(tag) }, push: await pushed(tag) }, more);

    test('and asks it once, while the rest is asked at its time', async () => {
      const asked: string[] = [];
      const { promise, resolve } = Promise.withResolvers<void>();
      const step = slow(asked, promise);
      const later = await after('v2');
      const ahead = step.ahead?.run(input, before('v2'));
      const outcome = step.run(input, later);
      await ahead;
      resolve();
      const { status, checks } = (await outcome) as { status: string; checks?: readonly CheckResult[] };
      assert.equal(status, 'succeeded');
      assert.deepEqual(asked, ['pull']);
      assert.deepEqual(
        checks?.map(({ name }) => name),
        ['current release', 'pull', 'disk'],
      );
    });

    test('and asks it again where another image was pushed, or another run asks', async () => {
      const asked: string[] = [];
      const step = slow(asked);
      await pushed('v2');
      await step.ahead?.run(input, before('v2'));
      await step.run(input, await after('v3'));
      await step.run(input, await after('v2', { runId: '000008-0000000b' }));
      assert.deepEqual(asked, ['pull', 'pull', 'pull']);
    });

    test('but not for a rollback, nor for what is not at the registry yet', async () => {
      const asked: string[] = [];
      const step = slow(asked);
      await pushed('v2');
      await step.ahead?.run({ ...input, essentialOnly: true }, before('v2'));
      await step.ahead?.run(input, before('v4'));
      await step.ahead?.run(input, sampleContext());
      assert.deepEqual(asked, []);
    });
  });

  test('says NO-GO where the yes went away while it looked', async () => {
    const approvals = {
      check: async () => result('approval', 'pass'),
      take: async () => result('approval', 'fail'),
    };
    assert.equal((await gate([], [], false, approvals)({ approval: true })).status, 'failed');
  });
});
