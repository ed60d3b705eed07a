import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { Failure } from '../domain/failure.ts';
import { Secret } from '../domain/secret.ts';
import { startChild } from './child.ts';
import { startDaemon } from './daemon.ts';
import { createLocalExec } from './localExec.ts';
import { identifyProcess, isAlive, startByPs } from './processIdentity.ts';
import { createRedactor } from './redact.ts';

const env = { PATH: process.env.PATH ?? '' };
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'railiance-background-'));
});
after(() => rm(folder, { recursive: true }));

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1_500; i++) {
    if (await condition()) return;
    await wait(20);
  }
  assert.fail('the condition did not come true within 30 s');
}

test('a child writes lines, gets signals, and tells its end', async () => {
  const lines: string[] = [];
  const script = `console.log(process.env.KEY);process.on('SIGHUP',()=>process.exit(7));setInterval(()=>{},1e3);console.error('up')`;
  const child = await startChild({
    argv: [process.execPath, '-e', script],
    env: { KEY: new Secret('canary-value') },
    redact: createRedactor(['canary-value']),
    onLine: (line, stream) => lines.push(`${stream} ${line}`),
  });
  await until(() => lines.length === 2);
  assert.deepEqual(lines.sort(), ['stderr up', 'stdout [secret]']);
  assert.equal(child.signalGroup('SIGHUP'), true);
  assert.deepEqual(await child.exited, { exitCode: 7, signal: null });
  assert.equal(child.signalGroup('SIGKILL'), false);
});

test('what a child leaves of its group ends with it, and its pipes are not waited for', async () => {
  const lines: string[] = [];
  const leave =
    "const c=require('child_process').spawn('sleep',['60'],{stdio:'inherit'});console.log(c.pid);process.exit(3)";
  const child = await startChild({ argv: [process.execPath, '-e', leave], env, onLine: (line) => lines.push(line) });
  await until(() => lines.length === 1);
  const said = performance.now();
  assert.deepEqual(await child.exited, { exitCode: 3, signal: null });
  // Open output alone would be waited for two seconds.
  assert.ok(performance.now() - said < 1_900);
  await until(() => identifyProcess(Number(lines[0])) === undefined);
});

test('a child gets the bytes of its input, and gives its own as they are', async () => {
  const chunks: Uint8Array[] = [];
  const child = await startChild({
    argv: ['cat'],
    env,
    stdin: Readable.from([Buffer.from([0, 255, 10])]),
    onBytes: (chunk) => chunks.push(chunk),
  });
  assert.deepEqual(await child.exited, { exitCode: 0, signal: null });
  assert.deepEqual(Buffer.concat(chunks), Buffer.from([0, 255, 10]));
});

test('a child or a daemon that cannot be started is a Failure with exit code 6', async () => {
  const started = startChild({ argv: ['no-such-program-anywhere'], env });
  await assert.rejects(started, (error) => error instanceof Failure && error.exitCode === 6);
  const daemon = startDaemon({ argv: ['true'], cwd: '/', logFile: join(folder, 'no', 'such', 'folder') });
  await assert.rejects(daemon, (error) => error instanceof Failure && /ENOENT/.test(error.problem));
});

test('a daemon outlives the process that started it, in a session of its own, with its output in the log', async () => {
  const logFile = join(folder, 'daemon.log');
  const starter = `import { startDaemon } from ${JSON.stringify(new URL('./daemon.ts', import.meta.url).href)};
    process.stdout.write(String(await startDaemon({ argv: [process.execPath, '-e', process.argv[1]],
      cwd: '/', env: { NOTE: 'hello' }, logFile: ${JSON.stringify(logFile)} })));`;
  const daemon = 'console.log(process.env.NOTE, process.cwd());setInterval(()=>{},1e3)';
  const argv = [process.execPath, '--input-type=module', '-e', starter, daemon] as const;
  const result = await createLocalExec().run({ argv });
  const pid = Number(result.stdout);
  assert.ok(pid > 0, result.stderr);
  try {
    await until(async () => (await readFile(logFile, 'utf8')) === 'hello /\n');
    const identity = identifyProcess(pid);
    assert.ok(identity && isAlive(identity));
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ');
    assert.equal(fields?.[3], String(pid), 'it leads its session');
    assert.equal((await stat(logFile)).mode & 0o777, 0o600);
  } finally {
    process.kill(pid, 'SIGKILL');
  }
});

test('a process is told from a later one with its id, and from its zombie', async () => {
  const child = await startChild({ argv: ['sleep', '30'], env });
  const identity = identifyProcess(child.pid);
  assert.ok(identity && isAlive(identity));
  assert.equal(isAlive({ ...identity, startedAt: `${Number(identity.startedAt) - 1}` }), false);
  assert.equal(isAlive({ ...identity, bootId: 'another boot' }), false);
  child.signalGroup('SIGKILL');
  await child.exited;
  assert.equal(isAlive(identity), false);
  assert.equal(identifyProcess(child.pid), undefined);
});

test('where there is no /proc, ps tells the start', () => {
  assert.match(startByPs(process.pid) ?? '', /\d{2}:\d{2}:\d{2}/);
  assert.equal(startByPs(2 ** 22 + 1), undefined);
  const here = startByPs(process.pid);
  const zone = process.env.TZ;
  process.env.TZ = 'Asia/Tokyo';
  try {
    assert.equal(startByPs(process.pid), here, 'whatever the zone of whoever asks');
  } finally {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  }
});
