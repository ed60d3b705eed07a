import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { Failure } from '../../../domain/failure.ts';
import type { Call, Frame, Handlers, MethodName } from './methods.ts';
import { currentUid, prepareSocketDir } from './socketPath.ts';
import { encodeError } from './wireError.ts';

const longestArgumentsBytes = 4 * 1024 * 1024;

/** For answers under way when the agent ends; a client that follows a log would stay for ever. */
const closingMs = 200;

export interface ControlServer {
  /** Lets the last answers out, and hangs up on who is still there. */
  close(): Promise<void>;
}

/** Answers clients on the socket. To be called by the holder of the agent's lock only: a socket that is there is dead. */
export async function openControlServer(socketPath: string, handlers: Handlers): Promise<ControlServer> {
  await prepareSocketDir(socketPath, currentUid());
  await rm(socketPath, { force: true });
  // Input to a command may take as long as its person types.
  const server = createServer({ requestTimeout: 0 }, (request, response) => void answer(request, response, handlers));
  server.listen(socketPath);
  await once(server, 'listening');
  await chmod(socketPath, 0o600);
  return {
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      const hangUp = setTimeout(() => server.closeAllConnections(), closingMs);
      await closed;
      clearTimeout(hangUp);
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, handlers: Handlers): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableEnded) gone.abort(new Failure('answer a client', 'it went away'));
  });
  const send = (frame: Frame) => response.write(`${JSON.stringify(frame)}\n`);
  let drained: Promise<unknown> | undefined;
  const sendItem = async (item: unknown) => {
    if (send({ item })) return;
    drained ??= once(response, 'drain', { signal: gone.signal }).finally(() => {
      drained = undefined;
    });
    await drained;
  };
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  try {
    const handler = handlerOf(request, handlers);
    const args = await readArguments(request);
    send({ result: await handler(args, { signal: gone.signal, input: request, send: sendItem }) });
  } catch (error) {
    send({ error: encodeError(error) });
  }
  response.end();
}

function handlerOf({ method, url }: IncomingMessage, handlers: Handlers) {
  const name = /^\/v1\/([a-z]+)$/.exec(url ?? '')?.[1];
  if (method === 'POST' && name !== undefined && Object.hasOwn(handlers, name)) {
    // The arguments were written by the same table's other side.
    return handlers[name as MethodName] as (args: unknown, call: Call<unknown>) => Promise<unknown>;
  }
  throw new Failure('ask the agent', `it does not know ${method} ${url}`, {
    hint: 'it may be of another version: railiance local down, then up',
  });
}

/** The first line of the body; what follows is left to be read as the call's input. */
async function readArguments(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for (;;) {
    const chunk: Buffer | null = request.read();
    if (chunk === null) {
      if (request.readableEnded || request.destroyed) throw new Failure('ask the agent', 'the arguments were cut off');
      await Promise.race([once(request, 'readable'), once(request, 'close')]);
      continue;
    }
    const end = chunk.indexOf('\n');
    chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
    sizeBytes += chunk.length;
    if (sizeBytes > longestArgumentsBytes) throw new Failure('ask the agent', 'the arguments are too long');
    if (end < 0) continue;
    if (end + 1 < chunk.length) request.unshift(chunk.subarray(end + 1));
    return JSON.parse(Buffer.concat(chunks).toString());
  }
}
