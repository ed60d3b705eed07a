import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { pid } from 'node:process';
import { after, test } from 'node:test';

import { createLocalExec } from '../../../exec/localExec.ts';
import { openFilesArguments } from './container/commands.ts';
import { listeningPorts, socketsIn } from './processTree.ts';

test('the ports of a process are the same whoever looks its sockets up', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  assert.ok(listeningPorts([pid]).includes(port));
  assert.deepEqual(listeningPorts([pid], []), []);

  const [client, verb, program = '', ...rest] = openFilesArguments([pid, 2 ** 30]);
  assert.deepEqual([client, verb], ['podman', 'unshare']);
  // What podman would run as its root; of a process that has ended it says so and goes on.
  const { stdout } = await createLocalExec().run({
    argv: [program, ...rest],
    env: { PATH: process.env.PATH ?? '' },
    timeoutMs: 10_000,
  });
  assert.deepEqual(listeningPorts([pid], socketsIn(stdout)), listeningPorts([pid]));
});
