import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Failure } from '../domain/failure.ts';
import { writeKubeconfig } from '../testing/kubeconfig.ts';
import { scratchDirectory } from '../testing/scratch.ts';
import { type Api, createApi } from './api.ts';
import { openConnection } from './connection.ts';

const scratch = await scratchDirectory('connection');
/** That a call came on. */
const called = new Set<Socket>();
const server = createServer((request, response) => {
  if (request.url === '/stream') return void response.write('{}\n');
  called.add(request.socket);
  const { authorization } = request.headers;
  setTimeout(() => response.end(JSON.stringify({ authorization })), 5);
});

const opened: Api[] = [];
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => {
  for (const { connection } of opened) connection.close();
  server.closeAllConnections();
  server.close();
});

async function open(user?: object): Promise<Api> {
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kubeconfig = await writeKubeconfig(scratch, { cluster: { server: address }, ...(user && { user }) });
  const api = createApi(openConnection({ kubeconfig }, {}));
  opened.push(api);
  return api;
}

async function askedBy(api: Api): Promise<string | undefined> {
  return (await api.call<{ authorization?: string }>('/call')).authorization;
}

test('one API server is called over a few connections, and answers though many streams are open', async () => {
  const api = await open();
  const streams = await Promise.all(Array.from({ length: 20 }, () => api.stream('/stream')));
  const answers = await Promise.all(Array.from({ length: 60 }, () => api.call<object>('/call')));
  assert.equal(answers.length, 60);
  assert.ok(called.size <= 8, `${called.size} connections`);
  for (const stream of streams) stream.destroy();
});

describe('who asks', () => {
  test('is told by a token in a file beside the kubeconfig, as it is by then, more than by another one', async () => {
    await mkdir(join(scratch, 'tokens'));
    const file = join(scratch, 'tokens', 'one');
    await writeFile(file, 'first\n');
    const api = await open({ tokenFile: 'tokens/one', token: 'another' });
    assert.equal(await askedBy(api), 'Bearer first');
    await writeFile(file, 'second\n');
    assert.equal(await askedBy(api), 'Bearer second');
  });

  test('is told by a program, which is run once for requests at the same time', async () => {
    const runs = join(scratch, 'runs');
    const command = join(scratch, 'gives-a-token');
    const token = '{"kind":"ExecCredential","status":{"token":"given"}}';
    await writeFile(command, `#!/bin/sh\necho run >> ${runs}; sleep 0.2; echo '${token}'\n`);
    await chmod(command, 0o755);
    const api = await open({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command } });
    assert.deepEqual(await Promise.all([askedBy(api), askedBy(api), askedBy(api)]), Array(3).fill('Bearer given'));
    assert.equal(await readFile(runs, 'utf8'), 'run\n');
  });
});

describe('a kubeconfig that leads to nobody is refused before anything is asked', () => {
  const refused = async (change: (text: string) => string) => {
    const file = await writeKubeconfig(scratch, { cluster: { server: 'https://127.0.0.1:1' } });
    await writeFile(file, change(await readFile(file, 'utf8')));
    try {
      openConnection({ kubeconfig: file }, {});
    } catch (error) {
      assert.ok(error instanceof Failure && error.exitCode === 2, String(error));
      return `${error.message}\n${error.hint}`;
    }
    return assert.fail('it was opened');
  };

  test('a user that is not in it', async () => {
    const words = await refused((text) => text.replace('"name":"u"', '"name":"other"'));
    assert.match(words, /the context "here" names the user "u", and there is none\nit has other$/);
  });

  test('an address without a scheme', async () => {
    const words = await refused((text) => text.replace('https://127.0.0.1:1', 'cluster:6443'));
    assert.match(words, /the server of the cluster "c" is cluster:6443\nwrite https:.*: https:\/\/cluster:6443$/);
  });

  test('one that would be told everything in plain text', async () => {
    const words = await refused((text) => text.replace('https:', 'http:').replace('true', 'false'));
    assert.match(words, /is http:\/\/127\.0\.0\.1:1, and credentials would go there in plain text\n.*skip-tls-verify/);
  });
});
