import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type EngineFixture, isTakenOver, setScene } from './fixture.ts';

/** Start, switch, retire; who may, and what is left. */
export function changeContract(name: string, open: () => Promise<EngineFixture>): void {
  const scene = async () => setScene(await open());

  test(`${name}: a new instance is reached by its own route only, until it is activated`, async () => {
    const { engine, target, spec, context, instanceAt } = await scene();
    const started = await engine.start(spec('one'), context());
    assert.equal(started.id, spec('one').id);
    assert.equal(await instanceAt(started.candidate), spec('one').id);
    assert.equal(await instanceAt(await engine.route(target)), undefined);
    const before = await engine.status(target);
    assert.equal(before.active, undefined);
    assert.deepEqual(
      before.others.map(({ id, state }) => [id, state]),
      [[spec('one').id, 'ready']],
    );
    await engine.activate(target, spec('one').id, context());
    await engine.activate(target, spec('one').id, context());
    const after = await engine.status(target);
    assert.equal(after.active?.id, spec('one').id);
    assert.equal(after.active?.configDigest, spec('one').artifact.configDigest);
    assert.deepEqual(after.others, []);
    assert.equal(await instanceAt(await engine.route(target)), spec('one').id);
    assert.ok((await engine.targets()).some(({ app }) => app === target.app));
  });

  test(`${name}: a switch leaves the old instance until it is retired, and can be taken back`, async () => {
    const { engine, target, spec, context, instanceAt, serve } = await scene();
    await serve('old');
    const route = await engine.route(target);
    await serve('new');
    assert.equal(await instanceAt(route), spec('new').id);
    assert.deepEqual(
      (await engine.status(target)).others.map(({ id }) => id),
      [spec('old').id],
    );
    await engine.activate(target, spec('old').id, context());
    assert.equal(await instanceAt(route), spec('old').id);
    const report = await engine.retire(target, spec('new').id, context());
    assert.equal(report.clean, true);
    assert.equal(report.exitCode, 0);
    assert.deepEqual((await engine.status(target)).others, []);
    await engine.retire(target, spec('new').id, context());
    assert.equal(await instanceAt(route), spec('old').id);
  });

  test(`${name}: a started instance is found and not started again`, async () => {
    const { engine, target, spec, context } = await scene();
    const [first, second] = await Promise.all([
      engine.start(spec('same'), context()),
      engine.start(spec('same'), context()),
    ]);
    const third = await engine.start(spec('same'), context());
    assert.deepEqual([second.candidate, third.candidate], [first.candidate, first.candidate]);
    const { others } = await engine.status(target);
    assert.deepEqual(
      others.map(({ id, restarts }) => [id, restarts]),
      [[spec('same').id, 0]],
    );
  });

  test(`${name}: what serves can be retired too, and then nothing serves`, async () => {
    const { engine, target, spec, context, instanceAt, serve } = await scene();
    await serve('only');
    await engine.retire(target, spec('only').id, context());
    const status = await engine.status(target);
    assert.deepEqual([status.active, status.others], [undefined, []]);
    assert.equal(await instanceAt(await engine.route(target)), undefined);
  });

  test(`${name}: an instance that is not there cannot be activated`, async () => {
    const { engine, target, context } = await scene();
    await assert.rejects(engine.activate(target, 'nobody', context()), {
      name: 'Failure',
      message: /no instance nobody/,
    });
  });

  test(`${name}: a run whose lease was taken over changes nothing more`, async () => {
    const { engine, target, spec, task, context, command, instanceAt, serve } = await scene();
    await serve('old');
    await engine.start(spec('newer'), context(2));
    await assert.rejects(engine.start(spec('late'), context(1)), isTakenOver);
    await assert.rejects(engine.activate(target, spec('newer').id, context(1)), isTakenOver);
    await assert.rejects(engine.retire(target, spec('old').id, context(1)), isTakenOver);
    await assert.rejects(engine.task(task('late', command('say')), context(1)), isTakenOver);
    assert.equal(await instanceAt(await engine.route(target)), spec('old').id);
    const { others } = await engine.status(target);
    assert.deepEqual(
      others.map(({ id, state }) => [id, state]),
      [[spec('newer').id, 'ready']],
    );
  });

  test(`${name}: a start under way ends when another run takes over`, async () => {
    const { engine, target, spec, context, serve } = await scene();
    await serve('old');
    const slow = engine.start(spec('slow', { BEHAVIOUR: 'never-ready' }, { health: { path: '/healthz' } }), context(1));
    const refused = assert.rejects(slow, isTakenOver);
    await untilStarting(() => engine.status(target).then(({ others }) => others.length));
    await engine.start(spec('newer'), context(2));
    await refused;
    assert.deepEqual(
      (await engine.status(target)).others.map(({ id }) => id),
      [spec('newer').id],
    );
  });

  test(`${name}: a start whose caller goes away leaves nothing, and can be begun anew`, async () => {
    const { engine, target, spec, context } = await scene();
    const caller = new AbortController();
    const health = { health: { path: '/healthz' } };
    const start = engine.start(spec('left', { BEHAVIOUR: 'never-ready' }, health), context(1, caller.signal));
    const rejected = assert.rejects(start);
    await untilStarting(() => engine.status(target).then(({ others }) => others.length));
    caller.abort();
    await rejected;
    const again = await engine.start(spec('left', {}, health), context());
    assert.equal(again.id, spec('left').id);
    const { others } = await engine.status(target);
    assert.deepEqual(
      others.map(({ state }) => state),
      ['ready'],
    );
  });
}

async function untilStarting(count: () => Promise<number>): Promise<void> {
  while ((await count()) === 0) await new Promise((resolve) => setTimeout(resolve, 10));
}
