import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import pg from 'pg';
import { pino } from 'pino';
import { parse } from 'smol-toml';
import { issueKey } from '../../packages/inter-hub/src/api/keyStore.ts';
import { startEmbedded } from '../../packages/inter-hub/src/database/embedded.ts';
import { migrate, readMigrations } from '../../packages/inter-hub/src/database/migrate.ts';
import { openDatabase } from '../../packages/inter-hub/src/database/pool.ts';

export const hubFolder = new URL('../../packages/inter-hub/', import.meta.url).pathname;
export const run = promisify(execFile);
export const sessionSecret = 'b'.repeat(64);

/** One PostgreSQL with its durability on, and hubs on databases of it. */
export interface Arena {
  /** A migrated database of its own, and a key that no limit stops. */
  database(name: string): Promise<{ url: string; key: string }>;
  /** The hub as its app.toml starts it, or another program in its place. */
  hub(url: string, command?: readonly string[]): Promise<Hub>;
  close(): Promise<void>;
}

export interface Hub {
  readonly port: number;
  /** The largest resident set this process ever had, in MiB. */
  peakMiB(): Promise<number>;
  stop(): Promise<void>;
}

export async function openArena(): Promise<Arena> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hub-bench-'));
  const server = await startEmbedded({ dataDir, logger: pino({ level: 'silent' }), settings: ['max_connections=200'] });
  const fsync = await ask<{ fsync: string }>(server.url, 'show fsync');
  if (fsync[0]?.fsync !== 'on') throw new Error('this PostgreSQL does not wait for its disk');
  return {
    database: async (name) => {
      await ask(server.url, `create database ${name}`);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      const database = openDatabase({ url: url.href, logger: pino({ level: 'silent' }), maxConnections: 1 });
      await migrate(database, await readMigrations());
      const limits = { ratePerMinute: 2_000_000_000, dailyQuota: 2_000_000_000 };
      const { key } = await issueKey(database, { consumer: 'bench', scopes: ['admin'], createdBy: 'bench', ...limits });
      await database.close();
      return { url: url.href, key };
    },
    hub: async (url, command) => startHub(url, command ? { command } : await asDeployed()),
    close: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

interface Program {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

async function asDeployed(): Promise<Program> {
  return (parse(await readFile(join(hubFolder, 'app.toml'), 'utf8')) as unknown as { run: Program }).run;
}

async function startHub(url: string, { command: [, ...args], env }: Program): Promise<Hub> {
  const child: ChildProcess = spawn(process.execPath, args, {
    cwd: hubFolder,
    env: {
      PATH: process.env.PATH ?? '',
      PORT: '0',
      HOST: '127.0.0.1',
      DATABASE_URL: url,
      IHP_SESSION_SECRET: sessionSecret,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<number>((ready, failed) => {
    let log = '';
    child.stdout?.on('data', (chunk) => {
      log = `${log}${chunk}`.slice(-10_000);
      const found = /"port":(\d+)/.exec(log);
      if (found) ready(Number(found[1]));
    });
    child.once('exit', (code) => failed(new Error(`the hub ended with ${code}: ${log}`)));
  });
  return {
    port,
    peakMiB: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
    },
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** One statement on a connection of its own. */
export async function ask<Row extends object>(url: string, sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as Row[];
  } finally {
    await client.end();
  }
}
