import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';

import type { ProgressEvent } from '../../domain/progress.ts';
import type { LogLine } from '../engine.ts';
import { type EngineFixture, secretValue, setScene } from './fixture.ts';

/** Tasks, commands beside an instance, and logs. */
export function commandContract(name: string, open: () => Promise<EngineFixture>): void {
  const scene = async () => setScene(await open());

  test(`${name}: a task runs with the app's environment and secrets, and its lines are redacted`, async () => {
    const { engine, target, task, context, command } = await scene();
    const seen: ProgressEvent[] = [];
    const result = await engine.task(task('say', command('say')), context(1, undefined, seen));
    assert.deepEqual([result.exitCode, result.signal, result.timedOut], [0, null, false]);
    assert.deepEqual(result.lines.toSorted(), ['and an error', `hello from ${target.app} on canary`, 'key [secret]']);
    assert.equal(seen.filter(({ kind }) => kind === 'log').length, 3);
    assert.ok(!JSON.stringify(seen).includes(secretValue));
    assert.equal((await engine.task(task('fail', command('fail')), context())).exitCode, 3);
    assert.deepEqual((await engine.status(target)).others, []);
  });

  test(`${name}: a task is ended when its time is up, and when its caller goes away`, async () => {
    const { engine, task, context, command } = await scene();
    const result = await engine.task(task('long', command('hang'), 500), context());
    assert.equal(result.timedOut, true);
    assert.notEqual(result.exitCode, 0);
    const caller = new AbortController();
    const abandoned = engine.task(task('left', command('hang')), {
      ...context(1, caller.signal),
      progress: () => caller.abort(),
    });
    await assert.rejects(abandoned);
  });

  test(`${name}: a command beside the active instance reads, writes and ends as it likes`, async () => {
    const { engine, target, command, serve } = await scene();
    await serve('one');
    const chunks: Uint8Array[] = [];
    const run = (argv: readonly string[], stdin: Readable | null) =>
      engine.exec(target, argv, {
        stdin,
        stdout: (chunk) => void chunks.push(chunk),
        stderr: () => {},
        signal: AbortSignal.timeout(20_000),
      });
    assert.equal(await run(command('echo'), Readable.from(['some ', 'input'])), 0);
    assert.equal(Buffer.concat(chunks).toString(), 'read some input\n');
    assert.equal(await run(command('fail'), null), 3);
  });

  test(`${name}: logs are those of the active instance, or of the one that is named`, async () => {
    const { engine, target, spec, context, serve } = await scene();
    await serve('one');
    const lines = (instance?: string) =>
      collect(
        engine.logs(target, { follow: false, tail: 10, signal: context().signal, ...(instance ? { instance } : {}) }),
      );
    assert.deepEqual(
      (await lines()).map(({ line, stream }) => [line, stream]),
      [['starting with key [secret]', 'stdout']],
    );
    await serve('two');
    await engine.retire(target, spec('one').id, context());
    assert.ok((await lines()).every(({ instance }) => instance === spec('two').id));
    assert.equal((await lines(spec('one').id))[0]?.instance, spec('one').id);
    await assert.rejects(lines('never-there'), { name: 'Failure', exitCode: 2 });
  });

  test(`${name}: a follower gets each new line once, and those of the next instance after a switch`, async () => {
    const { engine, target, spec, context, serve, say } = await scene();
    await serve('one');
    const reader = new AbortController();
    const seen: LogLine[] = [];
    const following = (async () => {
      for await (const line of engine.logs(target, { follow: true, tail: 1, signal: reader.signal })) seen.push(line);
    })();
    const until = async (text: string) => {
      while (!seen.some(({ line }) => line === text)) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    await until('starting with key [secret]');
    const { candidate } = await engine.start(spec('two'), context());
    await say(await engine.route(target), 'from one');
    await until('from one');
    await say(candidate, 'not yet');
    await engine.activate(target, spec('two').id, context());
    await say(await engine.route(target), 'from two');
    await until('from two');
    reader.abort();
    await following.catch(() => {});
    assert.deepEqual(
      seen.map(({ line }) => line),
      ['starting with key [secret]', 'from one', 'from two'],
    );
  });
}

async function collect(lines: AsyncIterable<LogLine>): Promise<LogLine[]> {
  const all: LogLine[] = [];
  for await (const line of lines) all.push(line);
  return all;
}
