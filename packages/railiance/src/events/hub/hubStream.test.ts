import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { createHubCaller } from './hubCaller.ts';
import { followStream } from './hubStream.ts';

/** Each answer, and how it goes on once its head is there. */
const answers: ((response: ServerResponse) => Promise<unknown>)[] = [];
const server = createServer(async (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  await answers.shift()?.(response);
});
await once(server.listen(0, '127.0.0.1'), 'listening');
after(() => {
  server.closeAllConnections();
  server.close();
});

function follow(): AsyncGenerator<void> {
  const { port } = server.address() as AddressInfo;
  return followStream(
    createHubCaller({ url: `http://127.0.0.1:${port}`, key: undefined }),
    '/x',
    AbortSignal.timeout(30_000),
  );
}

async function inPieces(response: ServerResponse, ...pieces: string[]): Promise<void> {
  for (const piece of pieces) {
    await new Promise((resolve) => response.write(piece, resolve));
    // Long enough for it to be read by itself.
    await wait(50);
  }
}

test('a word that comes in two pieces is heard, and signs of life are not', async () => {
  answers.push(async (response) => await inPieces(response, ': still here\n\n', 'event: x\nda', 'ta: {}\n\n'));
  const stream = follow();
  assert.equal((await stream.next()).done, false, 'it is open');
  const started = performance.now();
  assert.equal((await stream.next()).done, false);
  assert.ok(performance.now() - started > 45, 'the sign of life was no word');
  await stream.return(undefined);
});

test('a stream that ends is opened again, and tells so', async () => {
  let opened = 0;
  const count = async (response: ServerResponse) => {
    opened += 1;
    response.end();
  };
  answers.push(count, count);
  const stream = follow();
  await stream.next();
  await stream.next();
  assert.equal(opened, 2);
  await stream.return(undefined);
});
