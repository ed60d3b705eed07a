import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { timed } from '../harness.ts';
import { ask, type Hub, run } from './arena.ts';

const clients = 64;
const here = new URL('./', import.meta.url).pathname;

/** Answered events a second, each a request of its own that is answered after its commit. */
export async function singles(hub: Hub, key: string, seconds: number): Promise<number> {
  const args = ['-t1', `-c${clients}`, `-d${seconds}s`, '-s', join(here, 'events.lua'), `http://127.0.0.1:${hub.port}`];
  const { stdout } = await run('wrk', args, { env: { ...process.env, KEY: key } });
  if (/Non-2xx/.test(stdout)) throw new Error(`not every event was taken:\n${stdout}`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
}

/** pgbench: as many clients, one INSERT and one commit each, which PostgreSQL writes to the disk together. */
export async function pgbench(url: string, seconds: number): Promise<number> {
  const args = [
    '-n',
    '-M',
    'prepared',
    '-c',
    `${clients}`,
    '-j',
    '1',
    '-T',
    `${seconds}`,
    '-f',
    join(here, 'insert.sql'),
  ];
  const { stdout } = await run('pgbench', [...args, url]);
  const rate = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
  if (!(rate > 0)) throw new Error(`pgbench said no rate:\n${stdout}`);
  return rate;
}

const perBatch = 1000;
let made = 0;

function batch(source: string): Record<string, unknown>[] {
  made += 1;
  return Array.from({ length: perBatch }, (_, n) => ({
    author: 'bench',
    data: { durationMs: 1234, n, outcome: 'success', step: 'build' },
    hub: 'probe',
    id: `${process.pid}-${made}-${n}`,
    source,
    specversion: '1.0',
    summary: 'A step of the benchmark is done',
    type: 'org.example.bench',
  }));
}

/** Events a second in batches of 1,000 from four clients, each answered after its commit. */
export async function batches(hub: Hub, key: string, count: number): Promise<number> {
  const bodies = Array.from({ length: count }, () => Buffer.from(JSON.stringify(batch('/bench/batches'))));
  const agent = new Agent({ keepAlive: true });
  const client = async (): Promise<void> => {
    for (let body = bodies.pop(); body; body = bodies.pop()) await post(hub.port, key, body, agent);
  };
  const ms = await timed(() => Promise.all([client(), client(), client(), client()]));
  agent.destroy();
  return (count * perBatch * 1000) / ms;
}

function post(port: number, key: string, body: Buffer, agent: Agent): Promise<void> {
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/cloudevents-batch+json',
    'content-length': body.length,
  };
  return new Promise((done, failed) => {
    const sent = request(
      { port, host: '127.0.0.1', path: '/api/v2/events', method: 'POST', agent, headers },
      (answer) => {
        answer.resume();
        answer.on('end', () => (answer.statusCode === 200 ? done() : failed(new Error(`status ${answer.statusCode}`))));
      },
    );
    sent.on('error', failed).end(body);
  });
}

const copyColumns = 'source, event_id, form, type, hub, author, summary, body';

/** Rows a second by psql's COPY of the same events, 1,000 to a commit. */
export async function copy(url: string, count: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-bench-copy-'));
  const file = join(folder, 'copy.sql');
  const parts = Array.from({ length: count }, () => {
    const rows = batch('/bench/copy').map((event) => {
      const body = JSON.stringify(event);
      const { source, id, type, hub, author, summary } = event;
      return [source, id, 'cloudevent', type, hub, author, summary, body].join('\t');
    });
    return `copy events (${copyColumns}) from stdin;\n${rows.join('\n')}\n\\.\n`;
  });
  await writeFile(file, parts.join(''));
  const ms = await timed(() => run('psql', ['-q', '-v', 'ON_ERROR_STOP=1', '-f', file, url]));
  await rm(folder, { recursive: true });
  return (count * perBatch * 1000) / ms;
}

/** What was stored so far is called mapped, so that one measurement does not pay for the one before. */
export async function settle(url: string): Promise<void> {
  await ask(url, 'update projections set seq = (select coalesce(max(seq), 0) from events)');
  await ask(url, 'checkpoint');
}
