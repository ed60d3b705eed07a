import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { Failure } from '../domain/failure.ts';
import { Secret } from '../domain/secret.ts';
import { execContract, runs, samplePrograms } from './contract.ts';
import { createLocalExec } from './localExec.ts';
import { createRedactor } from './redact.ts';

const searchPath = process.env.PATH;
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'railiance-exec-'));
  for (const [name, { script }] of Object.entries(samplePrograms)) {
    await writeFile(join(folder, name), `#!${process.execPath}\n${script}\n`, { mode: 0o755 });
  }
  process.env.PATH = `${folder}${delimiter}${searchPath}`;
});
after(async () => {
  process.env.PATH = searchPath;
  await rm(folder, { recursive: true });
});

execContract('local exec', async (redact) => createLocalExec(redact ? { redact } : {}));

const node = (script: string) => [process.execPath, '-e', script] as const;

test('what a program started ends with it at the time-out, even if it ignores SIGTERM', async () => {
  const stubborn = 'process.on("SIGTERM",()=>{});console.log(process.pid);setInterval(()=>{},1e3)';
  const parent = `require("child_process").spawn(process.execPath,["-e",${JSON.stringify(stubborn)}],{stdio:"inherit"});
    setInterval(()=>{},1e3)`;
  const result = await createLocalExec({ graceMs: 100 }).run({ argv: node(parent), timeoutMs: 3_000 });
  const pid = Number(result.stdout);
  assert.ok(pid > 0, 'the grandchild ran');
  for (let i = 0; i < 1_000 && runs(pid); i++) await wait(20);
  assert.equal(runs(pid), false);
});

test('what a program started ends with it, also where the process that ran it ends within the grace', async () => {
  const url = new URL('./localExec.ts', import.meta.url).href;
  const stubborn = `require('child_process').spawn('sh', ['-c', 'trap "" TERM; echo $$ > ${folder}/stubborn; sleep 60'],
    { stdio: 'ignore' }); setInterval(() => {}, 1e3)`;
  const runner = `import { existsSync } from 'node:fs'; import { createLocalExec } from ${JSON.stringify(url)};
    const enough = new AbortController();
    setInterval(() => existsSync('${folder}/stubborn') && enough.abort(), 20);
    await createLocalExec({ graceMs: 30_000 }).run({ argv: [process.execPath, '-e', ${JSON.stringify(stubborn)}],
      signal: enough.signal });
    process.exit();`;
  await createLocalExec().run({ argv: [process.execPath, '--input-type=module', '-e', runner] });
  const pid = Number(await readFile(join(folder, 'stubborn'), 'utf8'));
  assert.ok(pid > 0);
  for (let i = 0; i < 250 && runs(pid); i++) await wait(20);
  assert.equal(runs(pid), false);
});

test('a program dies with the process that ran it, however that dies', async () => {
  const url = new URL('./localExec.ts', import.meta.url).href;
  const runner = `import { createLocalExec } from ${JSON.stringify(url)};
    await createLocalExec().run({ argv: [process.execPath, '-e', 'console.log(process.pid);setInterval(()=>{},1e3)'],
      onLine: (line) => { process.stdout.write(line); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50); } });`;
  const result = await createLocalExec().run({ argv: [process.execPath, '--input-type=module', '-e', runner] });
  assert.equal(result.signal, 'SIGKILL', result.stderr);
  const pid = Number(result.stdout);
  assert.ok(pid > 0);
  for (let i = 0; i < 1_000 && runs(pid); i++) await wait(20);
  assert.equal(runs(pid), false);
});

test('a result does not wait for what a program leaves behind with its pipes open', async () => {
  const leave = `require("child_process").spawn("sleep",["20"],{stdio:"inherit",detached:true}).unref();console.log("done")`;
  const result = await createLocalExec().run({ argv: node(leave) });
  assert.equal(result.exitCode, 0);
  assert.equal(result.stdout, 'done\n');
  assert.ok(result.durationMs < 10_000);
});

test('one line of 100 MB passes in bounded memory', async () => {
  const write = `const b=Buffer.alloc(1<<20,"y");let n=100;const go=()=>{while(n-->0)if(!process.stdout.write(b))
    return process.stdout.once("drain",go)};go()`;
  const before_ = process.memoryUsage.rss();
  const lines: string[] = [];
  const result = await createLocalExec({ redact: createRedactor(['canary-value']) }).run({
    argv: node(write),
    onLine: (line) => lines.push(line),
  });
  assert.equal(result.exitCode, 0);
  assert.equal(result.truncated, true);
  assert.ok(lines.every((line) => line.length < 20_000));
  assert.ok(process.memoryUsage.rss() - before_ < 80 * 1024 * 1024);
});

test('a flood of lines is cut, and told', async () => {
  const lines: string[] = [];
  const flood = ['sh', '-c', 'yes | head -c 20000000'] as const;
  const result = await createLocalExec().run({ argv: flood, onLine: (line) => lines.push(line) });
  assert.equal(result.exitCode, 0);
  assert.equal(lines.length, 200_001);
  assert.equal(lines.at(-1), '[more output is not shown]');
});

test('a secret across the edge of what is kept does not show its first half', async () => {
  const secret = 'canary-0123456789';
  const text = `${'x'.repeat(1024 * 1024 - 5)}${secret}${'y'.repeat(100)}`;
  const result = await createLocalExec({ redact: createRedactor([secret]) }).run({ argv: ['cat'], input: text });
  assert.equal(result.truncated, true);
  assert.ok(!result.stdout.includes('canary'));
});

test('a file that cannot be written ends the program, and is the error once it has ended', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', note);
  const command = { argv: ['sh', '-c', 'trap "" TERM; sleep 60'] as const, outputFile: '/no/such/folder/out' };
  await assert.rejects(createLocalExec({ graceMs: 300 }).run(command), /write \/no\/such\/folder\/out: ENOENT/);
  process.off('unhandledRejection', note);
  assert.deepEqual(unhandled, []);
});

test('a folder that is missing is named, not the program', async () => {
  await assert.rejects(
    createLocalExec().run({ argv: ['true'], cwd: '/no/such/folder' }),
    /\/no\/such\/folder does not exist/,
  );
});

test('NUL characters are refused without showing the value', async () => {
  await assert.rejects(createLocalExec().run({ argv: ['true', 'a\0b'] }), /NUL/);
  await assert.rejects(createLocalExec().run({ argv: ['true'], env: { KEY: new Secret('s3cret\0') } }), (error) => {
    assert.ok(error instanceof Failure);
    assert.ok(!error.message.includes('s3cret'));
    return error.message.includes('KEY');
  });
});
