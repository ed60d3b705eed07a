import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';

import { Failure } from '../../../domain/failure.ts';
import { readLines } from './jsonLines.ts';
import type { Answer, Call, Handlers, MethodName, Question } from './methods.ts';
import { currentUid, prepareSocketDir } from './socketPath.ts';
import { encodeError } from './wireError.ts';

const longestQuestionBytes = 4 * 1024 * 1024;

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
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    void answer(socket, handlers);
  });
  server.listen(socketPath);
  await once(server, 'listening');
  await chmod(socketPath, 0o600);
  return {
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      const hangUp = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, closingMs);
      await closed;
      clearTimeout(hangUp);
    },
  };
}

async function answer(socket: Socket, handlers: Handlers): Promise<void> {
  const gone = new AbortController();
  let answered = false;
  socket.once('close', () => {
    if (!answered) gone.abort(new Failure('answer a client', 'it went away'));
  });
  // A client that has gone is known by the `close` that follows.
  socket.on('error', () => {});
  const send = (frame: Answer) => socket.write(`${JSON.stringify(frame)}\n`);
  let drained: Promise<unknown> | undefined;
  const sendItem = async (item: unknown) => {
    if (send({ item })) return;
    drained ??= once(socket, 'drain', { signal: gone.signal }).finally(() => {
      drained = undefined;
    });
    await drained;
  };
  try {
    const { method, args, input } = await readQuestion(socket);
    const result = await handlerOf(method, handlers)(args, { signal: gone.signal, input, send: sendItem });
    answered = true;
    send({ result });
  } catch (error) {
    answered = true;
    send({ error: encodeError(error) });
  }
  socket.end();
}

function handlerOf(name: string, handlers: Handlers) {
  if (Object.hasOwn(handlers, name)) {
    // The arguments were written by the same table's other side.
    return handlers[name as MethodName] as (args: unknown, call: Call<unknown>) => Promise<unknown>;
  }
  throw new Failure('ask the agent', `it does not know ${JSON.stringify(name)}`, {
    hint: 'it may be of another version: railiance local down, then up',
  });
}

interface Asked {
  readonly method: string;
  readonly args: unknown;
  /** What follows on the same connection. */
  readonly input: Readable;
}

function readQuestion(socket: Socket): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const input = new Readable({ read: () => void socket.resume() });
    const refuse = (problem: string) => {
      const failure = new Failure('ask the agent', problem);
      reject(failure);
      // Also where the call is under way: what it reads has no end that anyone meant.
      input.destroy(failure);
    };
    input.on('error', () => {});
    const onLine = (line: string) => {
      const question = parseQuestion(line);
      if (!question || input.destroyed) return refuse('the question cannot be read');
      if ('method' in question) return resolve({ ...question, input });
      const more = input.push(question.input === null ? null : Buffer.from(question.input, 'base64'));
      if (!more && question.input !== null) socket.pause();
    };
    readLines(socket, longestQuestionBytes, { onLine, onTooLong: () => refuse('the question is too long') });
    socket.once('close', () => refuse('the question was cut off'));
  });
}

function parseQuestion(line: string): Question | undefined {
  try {
    const question: Partial<Record<'method' | 'args' | 'input', unknown>> = JSON.parse(line);
    const { method, args, input } = question;
    if (typeof method === 'string') return { method, args };
    return typeof input === 'string' || input === null ? { input } : undefined;
  } catch {
    return undefined;
  }
}
