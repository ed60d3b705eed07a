import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { scratchDirectory } from '../testing/scratch.ts';
import { type Api, createApi } from './api.ts';
import { openConnection } from './connection.ts';

const scratch = await scratchDirectory('connection');
/** That a call came on. */
const called = new Set<Socket>();
const server = createServer((request, response) => {
  if (request.url === '/stream') return void response.write('{}\n');
  called.add(request.socket);
  setTimeout(() => response.end('{"answered":true}'), 5);
});

let api: Api;
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
  const content = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'here' },
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
  };
  const kubeconfig = join(scratch, 'config.json');
  await writeFile(kubeconfig, JSON.stringify(content));
  api = createApi(openConnection({ kubeconfig }, {}));
});
after(() => {
  api.connection.close();
  server.closeAllConnections();
  server.close();
});

describe('one API server', () => {
  test('is called over a few connections, and answers though many streams are open', async () => {
    const streams = await Promise.all(Array.from({ length: 20 }, () => api.stream('/stream')));
    const answers = await Promise.all(Array.from({ length: 60 }, () => api.call<{ answered: boolean }>('/call')));
    assert.ok(answers.every(({ answered }) => answered));
    assert.ok(called.size <= 8, `${called.size} connections`);
    for (const stream of streams) stream.destroy();
  });
});
