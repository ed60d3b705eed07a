// biome-ignore lint/style/noRestrictedImports: tests start real programs themselves
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const startLimitMs = 60_000;

export interface RunningProgram {
  /** By SIGKILL, unless it has something of its own to end. */
  stop(signal?: 'SIGTERM'): Promise<void>;
}

export interface ProgramStart {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Whether it is ready: a URL that answers then, with any status, or a question. */
  readonly url?: string;
  readonly ready?: () => Promise<boolean>;
}

/** Starts a server and waits until it answers. @throws Error naming its log where it ends or stays silent */
export async function startProgram({
  argv,
  env,
  logFile,
  url = '',
  ready = () => answers(url),
}: ProgramStart): Promise<RunningProgram> {
  const [program, ...args] = argv;
  const log = openSync(logFile, 'a');
  const child = spawn(program, args, { stdio: ['ignore', log, log], env: { PATH: process.env.PATH ?? '', ...env } });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  failed.catch(() => undefined);
  const stop = async (signal: NodeJS.Signals = 'SIGKILL') => {
    child.kill(signal);
    await ended;
  };
  const deadline = performance.now() + startLimitMs;
  while (!(await Promise.race([ready(), failed]))) {
    if (child.exitCode !== null) throw new Error(`${program} ended at once: see ${logFile}`);
    if (performance.now() > deadline) {
      await stop();
      throw new Error(`${program} does not answer: see ${logFile}`);
    }
    await sleep(50);
  }
  return { stop };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

/** Whether somebody listens on that port of the loopback address. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
