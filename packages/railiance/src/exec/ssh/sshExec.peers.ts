import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { Failure } from '../../domain/failure.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { type SshServer, startSshServer } from '../../testing/sshServer.ts';
import { execContract, runs, samplePrograms } from '../contract.ts';
import { createLocalExec } from '../localExec.ts';
import { createSshExec } from './sshExec.ts';

const folder = await scratchDirectory('ssh-exec');
const searchPath = process.env.PATH ?? '';
let server: SshServer;

before(async () => {
  for (const [name, { script }] of Object.entries(samplePrograms)) {
    await writeFile(join(folder, name), `#!${process.execPath}\n${script}\n`, { mode: 0o755 });
  }
  process.env.PATH = `${folder}:${searchPath}`;
  server = await startSshServer();
});
after(async () => {
  process.env.PATH = searchPath;
  await server.stop();
});

const there = (changes: Partial<SshServer['target']> = {}) =>
  createSshExec({ ...server.target, ...changes }, createLocalExec(), { ...server.options, name: 'builder' });

execContract('ssh exec', async (redact) =>
  createSshExec(server.target, createLocalExec(redact ? { redact } : {}), server.options),
);

test('what is stopped here is stopped there, with what it started', async () => {
  const enough = new AbortController();
  const pids: number[] = [];
  const script = 'sleep 300 & echo $!; echo $$; wait';
  const result = await there().run({
    argv: ['sh', '-c', script],
    signal: enough.signal,
    onLine: (line) => {
      pids.push(Number(line));
      if (pids.length === 2) enough.abort();
    },
  });
  assert.notEqual(result.exitCode, 0);
  for (let i = 0; i < 250 && pids.some(runs); i++) await wait(20);
  assert.deepEqual(pids.map(runs), [false, false]);
});

test('a folder that is missing there is named', async () => {
  assert.equal((await there().run({ argv: ['pwd'], cwd: folder })).stdout, `${folder}\n`);
  await assert.rejects(there().run({ argv: ['true'], cwd: '/no/such/folder' }), /\/no\/such\/folder does not exist/);
});

const refuses = (exitCode: number, problem: RegExp) => (error: unknown) =>
  error instanceof Failure && error.exitCode === exitCode && problem.test(error.problem);

test('a machine whose host key changed is refused, and so is one that is not known', async () => {
  const known = await readFile(server.knownHosts, 'utf8');
  try {
    const other = await readFile(`${server.target.key}.pub`, 'utf8');
    await writeFile(server.knownHosts, `[127.0.0.1]:${server.target.port} ${other}`);
    await assert.rejects(there().run({ argv: ['true'] }), refuses(4, /host key is not the one/));
    await writeFile(server.knownHosts, '');
    await assert.rejects(there().run({ argv: ['true'] }), refuses(4, /not known here/));
  } finally {
    await writeFile(server.knownHosts, known);
  }
});

test('a key that is not accepted, and a server that is not there, are told apart', async () => {
  await assert.rejects(there({ user: 'nobody' }).run({ argv: ['true'] }), refuses(6, /none of the keys/));
  await assert.rejects(there({ port: 1 }).run({ argv: ['true'] }), refuses(6, /refused$/));
});
