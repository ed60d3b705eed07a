import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fetchAt, type LocalFixture, openLocalFixture } from '../../testing/local/localFixture.ts';
import { setScene } from '../contract/fixture.ts';

let fixture: LocalFixture;
before(async () => {
  fixture = await openLocalFixture();
});
after(() => fixture.close());

test('an active instance that crashes says when to come back, and serves again', async () => {
  const { engine, target, spec, serve } = await setScene(fixture);
  await serve('live');
  const route = await engine.route(target);
  await fetchAt(route, '/crash').catch(() => {});
  const down = await untilStatus(() => fetchAt(route, '/'), 503);
  assert.equal(down.headers['retry-after'], '1');
  assert.match(down.body, /ended with exit code 9/);
  const { active } = await engine.status(target);
  assert.ok(active && ['backing-off', 'starting'].includes(active.state), active?.state);
  const back = await untilStatus(() => fetchAt(route, '/'), 200);
  assert.equal(JSON.parse(back.body).instance, spec('live').id);
  const later = (await engine.status(target)).active;
  assert.deepEqual([later?.state, later?.restarts, later?.reason], ['ready', 1, undefined]);
});

test('a candidate that crashes is not started again, and cannot be activated', async () => {
  const { engine, target, spec, context, serve } = await setScene(fixture);
  await serve('live');
  const { candidate } = await engine.start(spec('weak'), context());
  await fetchAt(candidate, '/crash').catch(() => {});
  await untilStatus(() => fetchAt(candidate, '/'), 503);
  const refused = engine.activate(target, spec('weak').id, context());
  await assert.rejects(refused, /is failed: ended with exit code 9/);
  const { others } = await engine.status(target);
  assert.deepEqual(
    others.map(({ id, state, restarts }) => [id, state, restarts]),
    [[spec('weak').id, 'failed', 0]],
  );
  assert.equal((await engine.evidence(target, spec('weak').id)).exitCode, 9);
  await engine.retire(target, spec('weak').id, context());
  assert.deepEqual((await engine.status(target)).others, []);
});

test('an app that is deaf to SIGTERM is killed after its stop time-out', async () => {
  const { engine, target, spec, context } = await setScene(fixture);
  const deaf = spec('deaf', { BEHAVIOUR: 'deaf' }, { stopTimeoutMs: 300 });
  await engine.start(deaf, context());
  const report = await engine.retire(target, deaf.id, context());
  assert.deepEqual([report.clean, report.signal], [false, 'SIGKILL']);
  // A timer may fire a millisecond early by another clock.
  assert.ok(report.durationMs >= 295, String(report.durationMs));
});

async function untilStatus<T extends { status: number }>(ask: () => Promise<T>, status: number): Promise<T> {
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer?.status === status) return answer;
    await wait(10);
  }
}
