import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { exitCodes, Failure } from '../domain/failure.ts';
import { createDurably, replaceDurably } from '../files/durableFile.ts';

const schema = 'railiance.postgres.v1';

/** What is remembered of a server between its starts. */
export interface ServerState {
  readonly port: number;
  /** True once the server has run there: releases hold URLs with this port, so it does not change any more. */
  readonly settled: boolean;
  /** The machine it last ran on. */
  readonly host: string;
}

/** Below the ports that systems give to outgoing connections, so that none of those takes ours while it is not used. */
const ports = { first: 20_000, last: 29_999 } as const;

/** Undefined where no server was ever begun. @throws Failure where the file is damaged */
export async function readServerState(folder: string): Promise<ServerState | undefined> {
  const file = join(folder, 'server.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const { schema: found, port, settled, host } = JSON.parse(text) as Record<string, unknown>;
    const isPort = Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536;
    if (found !== schema || !isPort) throw new Error(`it is not of the form ${schema}`);
    return { port: Number(port), settled: settled === true, host: String(host) };
  } catch (error) {
    throw new Failure('read the state of the PostgreSQL server', `${file} is damaged`, {
      hint: "remove it; the port in it is that of the apps' DATABASE_URL, so deploy them again afterwards",
      exitCode: exitCodes.needsPerson,
      cause: error,
    });
  }
}

export async function writeServerState(folder: string, state: ServerState): Promise<void> {
  await replaceDurably(join(folder, 'server.json'), `${JSON.stringify({ schema, ...state })}\n`);
}

/** Finds the state or begins it with a port that is free now. */
export async function openServerState(folder: string): Promise<ServerState> {
  const found = await readServerState(folder);
  if (found) return found;
  const state: ServerState = { port: await freePort(), settled: false, host: hostname() };
  await createDurably(join(folder, 'server.json'), `${JSON.stringify({ schema, ...state })}\n`);
  return (await readServerState(folder)) ?? state;
}

/** @throws Failure where nothing is free */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = ports.first + Math.floor(Math.random() * (ports.last - ports.first + 1));
    if (await isFree(port)) return port;
  }
  throw new Failure('choose a port for PostgreSQL', `none of 200 between ${ports.first} and ${ports.last} is free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
