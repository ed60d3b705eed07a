import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

import type { Hub } from './arena.ts';

const events = 100;
const betweenMs = 50;

export interface Streamed {
  readonly received: number;
  readonly expected: number;
  /** From sending an event to its arrival on a stream. */
  readonly p95Ms: number;
}

/** Sends events while so many clients follow; each must get every one. */
export async function followed(hub: Hub, key: string, clients: number): Promise<Streamed> {
  const client = new URL('./streamClient.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [client, String(hub.port), key, String(clients)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const run = `${process.pid}-${Date.now()}`;
  child.stdin.write(`${run}-${events - 1}\n`);
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const ended = once(child, 'exit');
  for (let n = 0; n < events; n += 1) {
    const event = {
      specversion: '1.0',
      id: `${run}-${n}`,
      source: '/bench/streams',
      type: 'org.example.bench',
      hub: 'probe',
    };
    const answer = await fetch(`http://127.0.0.1:${hub.port}/api/v2/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/cloudevents+json' },
      body: JSON.stringify({ ...event, data: { sent: Date.now() } }),
    });
    if (answer.status !== 201) throw new Error(`POST /events: ${answer.status}`);
    await wait(betweenMs);
  }
  await Promise.race([ended, wait(60_000, undefined, { ref: false })]);
  child.kill();
  const { received = 0, p95Ms = Number.NaN } = JSON.parse(output || '{}') as Partial<Streamed>;
  return { received, expected: events * clients, p95Ms };
}
