import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';

import { createLocalExec } from '../../../exec/localExec.ts';
import { type ContractOptions, createFixture, type Fixture, processesWith, until } from './contractFixture.ts';

/** What every runtime does. */
export function runtimeContract(options: ContractOptions): void {
  describe('runtime contract', () => {
    let fixture: Fixture;
    before(async () => {
      fixture = await createFixture(options);
    });
    after(() => fixture.close());

    test('joins the environment of the image and the instance, and runs in the working directory', async () => {
      const env = { KEPT: 'instance', TOKEN: 's3cret', 'odd.name': 'kept too' };
      const { exit, lines } = await fixture.run(['environment'], { env });
      assert.deepEqual(exit, { exitCode: 0, signal: null, outOfMemory: false }, lines.join('\n'));
      const seen = JSON.parse(lines[0] ?? '') as { env: Record<string, string>; cwd: string };
      assert.equal(seen.env.GREETING, 'from the image');
      assert.equal(seen.env.KEPT, 'instance');
      assert.equal(seen.env.TOKEN, 's3cret');
      assert.equal(seen.env['odd.name'], 'kept too');
      assert.match(seen.env.HOME ?? '', /\/home\/node$/);
      assert.match(seen.cwd, /\/app$/);
    });

    test("runs the image's own command where none is given", async () => {
      const { command: _, ...spec } = await fixture.spec([]);
      const lines: string[] = [];
      const running = await fixture.runtime.start({ ...spec, onLine: (line) => lines.push(line) });
      await until(() => lines.length > 0);
      assert.deepEqual(lines, ['ready']);
      await running.signal('SIGKILL');
      await running.exited;
    });

    test('tells the exit code', async () => {
      assert.equal((await fixture.run(['exit', '42'])).exit.exitCode, 42);
    });

    test('a program that is not there is an error that says so', async () => {
      const failed = async (): Promise<void> => {
        const { exit, lines } = await fixture.run([], { command: ['no-such-program'] });
        throw new Error(`exit ${exit.exitCode}: ${lines.join(' ')}`);
      };
      await assert.rejects(failed, /no-such-program|No such file/);
    });

    test('an app that handles SIGTERM ends in its own way', async () => {
      const running = await fixture.start(['handle']);
      await until(() => running.lines.includes('ready'));
      await running.signal('SIGTERM');
      assert.equal((await running.exited).exitCode, 9);
      assert.ok(running.lines.includes('asked to end'));
    });

    test('an app without a handler ends at SIGTERM too', async () => {
      const running = await fixture.start(['stay']);
      await until(() => running.lines.includes('ready'));
      await running.signal('SIGTERM');
      const exit = await running.exited;
      assert.ok(exit.signal === 'SIGTERM' || exit.exitCode === 143, JSON.stringify(exit));
    });

    test('an app that ignores SIGTERM ends at SIGKILL', async () => {
      const running = await fixture.start(['ignore']);
      await until(() => running.lines.includes('ready'));
      await running.signal('SIGTERM');
      await until(() => running.lines.includes('ignored'));
      await running.signal('SIGKILL');
      const exit = await running.exited;
      assert.ok(exit.signal === 'SIGKILL' || exit.exitCode === 137, JSON.stringify(exit));
      assert.equal(exit.outOfMemory, false);
    });

    test('a signal after the end does nothing', async () => {
      const running = await fixture.start(['exit', '0']);
      await running.exited;
      await running.signal('SIGTERM');
      assert.deepEqual(await running.listeningPorts(), []);
    });

    for (const task of ['serve', 'serveInChild']) {
      test(`tells the ports that the app listens on (${task})`, async () => {
        const running = await fixture.start([task]);
        await until(() => running.lines.some((line) => line.startsWith('listening')));
        const port = Number(running.lines[0]?.split(' ')[1]);
        assert.deepEqual(await running.listeningPorts(), [port]);
        assert.equal(await answerOf(port), 'hello');
        await running.signal('SIGKILL');
        await running.exited;
      });
    }

    test('process.execPath starts another Node', async () => {
      const { lines } = await fixture.run(['fork']);
      assert.deepEqual(lines, ['child says 42']);
    });

    test('what the app leaves behind ends with it', async () => {
      const hostPath = join(fixture.directory, 'orphans');
      await mkdir(hostPath, { recursive: true });
      const file = fixture.runtime.name === 'process' ? join(hostPath, 'pid') : '/data/pid';
      const env = { MARK: `orphan-${process.pid}` };
      const volumes = [{ name: 'data', path: '/data', hostPath }];
      const { lines } = await fixture.run(['orphans', file], { volumes, env });
      assert.deepEqual(lines, ['ready']);
      assert.ok(Number(await readFile(join(hostPath, 'pid'), 'utf8')) > 0);
      await until(() => processesWith(env.MARK).length === 0);
    });

    test('volumes are read and written', async () => {
      const hostPath = join(fixture.directory, 'volume');
      await mkdir(hostPath, { recursive: true });
      await writeFile(join(hostPath, 'in'), 'from outside');
      const { exit, lines } = await fixture.run(['volume'], { volumes: [{ name: 'data', path: '/data', hostPath }] });
      assert.deepEqual([exit.exitCode, lines], [0, ['from outside']]);
      assert.equal(await readFile(join(hostPath, 'out'), 'utf8'), 'written');
    });

    test('what one instance writes, no other sees', async () => {
      assert.deepEqual((await fixture.run(['write', ' one'])).lines, ['hello one']);
      assert.deepEqual((await fixture.run(['write', ' two'])).lines, ['hello two']);
    });

    test('gives bytes and standard input to who asks for them', async () => {
      const chunks: Uint8Array[] = [];
      const bytes = Buffer.from([0, 1, 2, 255, 10, 13]);
      const running = await fixture.start(['echo'], {
        stdin: Readable.from([bytes]),
        onBytes: (chunk) => chunks.push(chunk),
      });
      assert.equal((await running.exited).exitCode, 0);
      assert.deepEqual(Buffer.concat(chunks), bytes);
    });

    test('a memory limit that is kept ends a hoarding app and tells why', async (t) => {
      const resources = { memoryBytes: 96 * 1024 * 1024 };
      const cannot = await fixture.runtime.cannotGive(resources);
      if (cannot.length > 0) return t.skip(cannot.join('; '));
      const { exit } = await fixture.run(['hoard'], { resources });
      assert.equal(exit.outOfMemory, true, JSON.stringify(exit));
      assert.ok(exit.exitCode === 137 || exit.signal !== null, JSON.stringify(exit));
    });

    test('no part of the environment is in the arguments of any process', async () => {
      const running = await fixture.start(['stay'], { env: { TOKEN: 'canary-in-arguments' } });
      await until(() => running.lines.includes('ready'));
      const { stdout } = await createLocalExec().run({ argv: ['sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "'] });
      assert.ok(stdout.includes('server.cjs'));
      assert.ok(!stdout.includes(['canary', 'in', 'arguments'].join('-')));
      await running.signal('SIGKILL');
      await running.exited;
    });

    test('reaping ends what an earlier agent left, and once more does nothing', async () => {
      const env = { MARK: `reaped-${process.pid}` };
      const running = await fixture.start(['stay'], { env });
      await until(() => running.lines.includes('ready'));
      assert.notEqual(processesWith(env.MARK).length, 0);
      await fixture.runtime.reap(running.spec.id, running.spec.directory);
      await running.exited;
      assert.equal(processesWith(env.MARK).length, 0);
      await fixture.runtime.reap(running.spec.id, running.spec.directory);
    });
  });
}

async function answerOf(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}
