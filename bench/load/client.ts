/**
 * An open-loop client: requests leave at their appointed times whether or not earlier ones were answered, half of them on new
 * connections. It runs as a process of its own until standard input closes, then prints one JSON line.
 *
 *     node client.ts PORT HOST REQUESTS_PER_SECOND
 */
import type { Socket } from 'node:net';

import { WebSocket } from 'ws';

import { exchange, openConnection } from './rawHttp.ts';

const [port, host, rate] = [Number(process.argv[2]), String(process.argv[3]), Number(process.argv[4])];
const timeoutMs = 20_000;
const result = {
  sent: 0,
  failed: 0,
  failures: [] as string[],
  posted: [] as string[],
  sockets: 0,
  releases: {} as Record<string, number>,
};
const idle: Socket[] = [];
const underWay = new Set<Promise<void>>();

function fail(what: string, problem: unknown): void {
  result.failed += 1;
  if (result.failures.length < 20)
    result.failures.push(
      `${new Date().toISOString()} ${what}: ${problem instanceof Error ? problem.message : problem}`,
    );
}

async function request(method: string, path: string, fresh: boolean): Promise<void> {
  const what = `${method} ${path} ${fresh ? 'new' : 'kept'}`;
  result.sent += 1;
  try {
    let socket = fresh ? undefined : idle.pop();
    while (socket?.destroyed) socket = idle.pop();
    socket ??= await openConnection(port);
    const body = method === 'POST' ? 'Content-Length: 4\r\n\r\nbody' : '\r\n';
    const lines = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: ${fresh ? 'close' : 'keep-alive'}\r\n${body}`;
    const answer = await exchange(socket, lines, timeoutMs);
    if (fresh) socket.destroy();
    else idle.push(socket);
    if (answer.status !== 200) fail(what, `status ${answer.status} ${answer.body.slice(0, 200)}`);
    const release = /release (\w+)/.exec(answer.body)?.[1];
    if (release) result.releases[release] = (result.releases[release] ?? 0) + 1;
  } catch (error) {
    fail(what, error);
  }
}

/** A WebSocket that lives for half a second: five messages, each echoed. */
function talk(): Promise<void> {
  result.sockets += 1;
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { host } });
    let echoes = 0;
    socket.on('open', () => socket.send('0'));
    socket.on('message', () => {
      echoes += 1;
      if (echoes === 5) socket.close();
      else setTimeout(() => socket.send(String(echoes)), 100);
    });
    socket.on('error', (error) => fail('WebSocket', error));
    socket.on('close', (code) => {
      if (echoes < 5) fail('WebSocket', `closed with ${code} after ${echoes} of 5 echoes`);
      resolve();
    });
  });
}

function begin(work: Promise<void>): void {
  underWay.add(work);
  work.finally(() => underWay.delete(work));
}

const start = performance.now();
let number = 0;
const ticker = setInterval(() => {
  const due = ((performance.now() - start) / 1000) * rate;
  for (; number < due; number += 1) {
    const fresh = number % 2 === 0;
    if (number % 100 === 7) begin(request('GET', '/slow', fresh));
    else if (number % 100 === 8) begin(talk());
    else if (number % 4 === 1 || number % 4 === 2) {
      const id = `p${number}`;
      result.posted.push(id);
      begin(request('POST', `/count?id=${id}`, fresh));
    } else begin(request('GET', '/', fresh));
  }
}, 2);

process.stdin.resume();
process.stdin.on('end', async () => {
  clearInterval(ticker);
  await Promise.all(underWay);
  process.stdout.write(`${JSON.stringify({ ...result, seconds: (performance.now() - start) / 1000 })}\n`, () =>
    process.exit(0),
  );
});
