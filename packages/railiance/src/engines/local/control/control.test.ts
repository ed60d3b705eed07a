import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';

import { createControlClient, isUnreachable } from './client.ts';
import type { Handlers } from './methods.ts';
import { openControlServer } from './server.ts';

const directory = await mkdtemp(join(tmpdir(), 'railiance-control-'));
const socketPath = join(directory, 'agent.sock');
const client = createControlClient(socketPath);
const target = { app: 'probe', stage: 'production' };
let gone: Promise<unknown> | undefined;

const server = await openControlServer(socketPath, {
  targets: async () => [target],
  exec: async (_args, { input, send }) => {
    let sizeBytes = 0;
    for await (const chunk of input) {
      sizeBytes += chunk.length;
      await send({ stream: 'stdout', base64: (chunk as Buffer).toString('base64') });
    }
    return sizeBytes;
  },
  logs: async (_args, { signal }) => {
    gone = once(signal, 'abort');
    await gone;
    return null;
  },
} as Partial<Handlers> as Handlers);
after(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

/** What the agent answers to these bytes. */
async function answerTo(bytes: string): Promise<string> {
  const socket = connect(socketPath);
  socket.on('error', () => {});
  socket.write(bytes);
  return await text(socket);
}

test('input of any size goes to the call, and comes back as it was', async () => {
  const input = Buffer.alloc(8 * 2 ** 20, 'Zeile ÄÖÜ\n');
  const chunks = Array.from({ length: 64 }, (_, at) =>
    input.subarray((at * input.length) / 64, ((at + 1) * input.length) / 64),
  );
  const back: Buffer[] = [];
  const size = await client.call(
    'exec',
    { target, command: ['cat'] },
    { input: Readable.from(chunks), onItem: ({ base64 }) => back.push(Buffer.from(base64, 'base64')) },
  );
  assert.equal(size, input.length);
  assert.ok(Buffer.concat(back).equals(input));
});

test('the agent learns when its client goes away', async () => {
  const leave = new AbortController();
  const reason = new Error('enough');
  const call = client.call('logs', { target, request: { follow: true, tail: 1 } }, { signal: leave.signal });
  while (!gone) await new Promise((resolve) => setTimeout(resolve, 5));
  leave.abort(reason);
  await assert.rejects(call, reason);
  await gone;
});

const refused = [
  { asks: 'something that is not JSON', bytes: 'POST /v1/targets HTTP/1.1\r\n\r\n', answer: /cannot be read/ },
  { asks: 'for no method', bytes: '{"args":null}\n', answer: /cannot be read/ },
  { asks: 'for an unknown method', bytes: '{"method":"toString","args":null}\n', answer: /does not know \\"toString/ },
  { asks: 'at too great length', bytes: 'x'.repeat(4 * 1024 * 1024 + 1), answer: /too long/ },
  { asks: 'with an input that is none', bytes: '{"method":"exec"}\n{"input":7}\n', answer: /cannot be read/ },
  {
    asks: 'with input after its end',
    bytes: '{"method":"exec"}\n{"input":null}\n{"input":"eA=="}\n',
    answer: /after EOF/,
  },
];
for (const { asks, bytes, answer } of refused) {
  test(`a client that asks ${asks} harms only itself`, async () => {
    assert.match(await answerTo(bytes), answer);
    assert.deepEqual(await client.call('targets', null), [target]);
  });
}

const strange = [
  {
    does: 'hangs up before it answers',
    bytes: '',
    problem: /does not answer \(it ended before it answered/,
    unreachable: true,
  },
  {
    does: 'speaks HTTP',
    bytes: 'HTTP/1.1 400 Bad Request\r\n\r\n',
    problem: /its answer cannot be read/,
    unreachable: false,
  },
];
for (const { does, bytes, problem, unreachable } of strange) {
  test(`an agent that ${does} is told from one that says no`, async () => {
    const path = join(directory, `${unreachable}.sock`);
    const agent = createServer((socket) => socket.once('data', () => socket.end(bytes))).listen(path);
    await once(agent, 'listening');
    const error = await createControlClient(path)
      .call('targets', null)
      .catch((caught: unknown) => caught);
    assert.match(String(error), problem);
    assert.equal(isUnreachable(error), unreachable);
    agent.close();
  });
}
