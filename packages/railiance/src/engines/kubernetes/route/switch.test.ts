import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, test } from 'node:test';

import { systemClock } from '../../../domain/clock.ts';
import type { Route } from '../../engine.ts';
import { firstPassedOn } from './switch.ts';

const servers: ReturnType<typeof createServer>[] = [];
after(() => {
  for (const server of servers) server.close();
});

/** Gives these answers one after the other, and the last one from then on. */
async function answering(
  ...answers: readonly ((response: ServerResponse) => void)[]
): Promise<Route & { count(): number }> {
  let asked = 0;
  const server = createServer((_request, response) => {
    answers[Math.min(asked, answers.length - 1)]?.(response);
    asked += 1;
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://app.test:${port}`, connect: { host: '127.0.0.1', port }, count: () => asked };
}

const says = (status: number, words: string) => (response: ServerResponse) => response.writeHead(status).end(words);
const context = { clock: systemClock, signal: new AbortController().signal };

describe('the first answer that is passed on', () => {
  for (const [status, words] of [
    [404, '404 page not found\n'],
    [503, 'no available server\n'],
    [502, 'Bad Gateway'],
    [504, 'Gateway Timeout'],
  ] as const) {
    test(`is not Traefik's own ${status}`, async () => {
      const route = await answering(says(status, words), says(status, words), says(204, ''));
      assert.equal((await firstPassedOn(route, '/', context))?.status, 204);
      assert.equal(route.count(), 3);
    });

    test(`may be a ${status} of the app`, async () => {
      const route = await answering(says(status, 'the app says so'), says(204, ''));
      assert.equal((await firstPassedOn(route, '/', context))?.status, status);
    });
  }

  test('may be empty', async () => {
    const route = await answering(says(503, ''), says(204, ''));
    assert.equal((await firstPassedOn(route, '/', context))?.status, 503);
  });

  test('is none that breaks off before anything is said', async () => {
    const route = await answering((response) => response.destroy(), says(200, 'here'));
    assert.equal((await firstPassedOn(route, '/', context))?.status, 200);
  });

  test('is waited for no longer than Traefik takes', async () => {
    let nowMs = 0;
    const sleep = async (ms: number) => {
      nowMs += ms;
    };
    const clock = { ...systemClock, elapsedMs: () => nowMs, sleep };
    const route = await answering(says(404, '404 page not found\n'));
    assert.equal((await firstPassedOn(route, '/', { ...context, clock }))?.status, 404);
    assert.equal(nowMs, 5_000);
  });
});
