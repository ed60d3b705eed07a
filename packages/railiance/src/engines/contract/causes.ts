import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { RunSpec } from '../../domain/app.ts';
import type { CauseName } from '../../domain/verdict.ts';
import { StartFailed } from '../engine.ts';
import { type EngineFixture, secretValue, setScene } from './fixture.ts';

/** Below the ports of outgoing connections, above those the local engine gives. */
const otherPort = 32_100 + Math.floor(Math.random() * 600);

interface Broken {
  readonly behaviour: string;
  readonly run?: Partial<RunSpec>;
  readonly cause: CauseName;
  readonly words: RegExp;
}

const broken: readonly Broken[] = [
  { behaviour: 'crash', cause: 'crash', words: /exit code 7/ },
  { behaviour: 'ignores-port', run: { port: otherPort }, cause: 'ignores-port', words: /ignores PORT/ },
  {
    behaviour: 'never-ready',
    run: { health: { path: '/healthz' }, startTimeoutMs: 4_000 },
    cause: 'never-ready',
    words: /GET \/healthz answered 503/,
  },
];

/** Instances that do not get ready: the cause, its evidence, and nothing left. */
export function causeContract(name: string, open: () => Promise<EngineFixture>): void {
  for (const { behaviour, run, cause, words } of broken) {
    test(`${name}: an instance that has the fault ${behaviour} is named so, and what served goes on`, async () => {
      const { engine, target, spec, context, instanceAt, serve, givesWantedPort } = await setScene(await open());
      await serve('good');
      const wanted = givesWantedPort && run?.port ? { startTimeoutMs: 4_000 } : run;
      const env = { BEHAVIOUR: behaviour, OTHER_PORT: `${otherPort}` };
      const error = await failureOf(engine.start(spec('bad', env, wanted), context()));
      assert.equal(error.why.name, cause);
      assert.match(error.why.summary, words);
      assert.ok(
        error.evidence.logs?.some((line) => line.startsWith('starting with key')),
        'its last lines',
      );
      assert.deepEqual((await engine.status(target)).others, []);
      assert.equal(await instanceAt(await engine.route(target)), spec('good').id);
    });
  }

  test(`${name}: a crash comes with its exit code and last lines, without secrets, also later`, async () => {
    const { engine, target, spec, context } = await setScene(await open());
    const error = await failureOf(engine.start(spec('bad', { BEHAVIOUR: 'crash' }), context()));
    for (const evidence of [error.evidence, await engine.evidence(target, spec('bad').id)]) {
      assert.equal(evidence.exitCode, 7);
      assert.ok(evidence.logs?.includes('no such table: probes'), JSON.stringify(evidence.logs));
      assert.ok(!JSON.stringify(evidence).includes(secretValue));
    }
  });

  test(`${name}: secrets that are not in the store are named as missing`, async () => {
    const { engine, spec, context } = await setScene(await open());
    const unknown = { ...spec('bad'), secretsVersion: 'a'.repeat(64) };
    assert.equal((await failureOf(engine.start(unknown, context()))).why.name, 'secret-missing');
  });

  test(`${name}: the same id starts anew after it failed`, async () => {
    const { engine, target, spec, context } = await setScene(await open());
    await failureOf(engine.start(spec('again', { BEHAVIOUR: 'crash' }), context()));
    await engine.start(spec('again'), context());
    assert.deepEqual(
      (await engine.status(target)).others.map(({ state }) => state),
      ['ready'],
    );
  });

  test(`${name}: the gate passes what can be run here, and refuses another platform`, async () => {
    const { engine, spec } = await setScene(await open());
    const { run, artifact } = spec('any');
    const good = await engine.check(run, artifact);
    assert.ok(good.length > 0 && good.every(({ verdict }) => verdict === 'pass'), JSON.stringify(good));
    const foreign = await engine.check(run, { ...artifact, platform: 'linux/s390x' });
    assert.deepEqual(
      foreign.filter(({ verdict }) => verdict === 'fail').map((check) => check.name),
      ['platform'],
    );
  });
}

async function failureOf(start: Promise<unknown>): Promise<StartFailed> {
  const error = await start.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StartFailed, `expected StartFailed, got ${String(error)}`);
  return error;
}
