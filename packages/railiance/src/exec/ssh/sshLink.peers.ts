import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';

import { Failure } from '../../domain/failure.ts';
import { scratchDirectory } from '../../testing/scratch.ts';
import { type SshServer, startSshServer } from '../../testing/sshServer.ts';
import { createLocalExec } from '../localExec.ts';
import { openSshLink } from './sshLink.ts';

let server: SshServer;
const web = createServer((request, response) => response.end(`asked ${request.url}`));
before(async () => {
  server = await startSshServer();
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
});
after(async () => {
  web.close();
  web.closeAllConnections();
  await server.stop();
});

const open = (target: Partial<SshServer['target']> = {}) =>
  openSshLink({ ...server.target, ...target }, createLocalExec(), { ...server.options, name: 'core' });
const textAt = async (port: number) => (await fetch(`http://127.0.0.1:${port}/x`)).text();

test('programs and forwarded ports share one connection, and a new one takes the place of one that ended', async () => {
  const link = open();
  try {
    const { port } = web.address() as AddressInfo;
    const forward = await link.forward({ host: '127.0.0.1', port });
    const client = async () => (await link.exec.run({ argv: ['sh', '-c', 'echo $SSH_CONNECTION'] })).stdout;
    const first = await client();
    assert.equal(await textAt(forward.port), 'asked /x');
    assert.equal(await client(), first);
    await link.close();
    assert.equal(await textAt(forward.port), 'asked /x', 'by the same port');
    assert.notEqual(await client(), first);
  } finally {
    await link.close();
  }
});

test('nothing is left among the temporary files of a connection that was closed', async () => {
  const temporary = process.env.TMPDIR;
  process.env.TMPDIR = await scratchDirectory('ssh-link');
  try {
    const link = open();
    await link.exec.run({ argv: ['true'] });
    assert.equal((await readdir(process.env.TMPDIR)).length, 1);
    await link.close();
    assert.deepEqual(await readdir(process.env.TMPDIR), []);
  } finally {
    if (temporary === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = temporary;
  }
});

test('an address that nobody listens at there is told from a machine that is not reached', async () => {
  const link = open();
  try {
    const forward = await link.forward({ host: '127.0.0.1', port: 1 });
    await forward.ready();
    await assert.rejects(textAt(forward.port));
    assert.match(forward.trouble() ?? '', /refused/);
  } finally {
    await link.close();
  }
  const nobody = open({ user: 'nobody' });
  const refused = (error: unknown) => error instanceof Failure && /none of the keys/.test(error.problem);
  await assert.rejects((await nobody.forward({ host: '127.0.0.1', port: 1 })).ready(), refused);
  await assert.rejects(nobody.exec.run({ argv: ['true'] }), refused);
});
