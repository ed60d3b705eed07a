import { connect, type Socket } from 'node:net';

import { exitCodes, Failure, problemOf } from '../../../domain/failure.ts';
import { readLines } from './jsonLines.ts';
import type { Answer, MethodName, Methods, Question } from './methods.ts';
import { decodeError } from './wireError.ts';

export interface CallOptions<Item> {
  readonly signal?: AbortSignal;
  readonly input?: NodeJS.ReadableStream | null;
  readonly onItem?: (item: Item) => void;
}

/** Asks the agent of one home. */
export interface ControlClient {
  /**
   * @throws what the agent threw, Failure (exit code 6) where no agent answers or it ended meanwhile, the signal's
   * reason when aborted
   */
  call<Name extends MethodName>(
    name: Name,
    args: Methods[Name]['arguments'],
    options?: CallOptions<Methods[Name]['item']>,
  ): Promise<Methods[Name]['result']>;
}

export function createControlClient(socketPath: string): ControlClient {
  return {
    call: async (name, args, options = {}) => {
      const { signal, input, onItem } = options;
      signal?.throwIfAborted();
      const socket = connect(socketPath);
      const abort = () => socket.destroy(signal?.reason);
      signal?.addEventListener('abort', abort, { once: true });
      try {
        const answer = readAnswer(socket, onItem as (item: unknown) => void);
        ask(socket, { method: name, args });
        const stop = input ? sendInput(socket, input) : undefined;
        return (await answer.finally(stop)) as Methods[typeof name]['result'];
      } catch (error) {
        signal?.throwIfAborted();
        throw isConnectionError(error) ? unreachable(error) : error;
      } finally {
        signal?.removeEventListener('abort', abort);
        socket.destroy();
      }
    },
  };
}

/** True where the error says that no agent answers, and not that it answered no. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof Failure && isConnectionError(error.cause);
}

function ask(socket: Socket, question: Question): boolean {
  return socket.write(`${JSON.stringify(question)}\n`);
}

/** Returns what leaves the input to others again. */
function sendInput(socket: Socket, input: NodeJS.ReadableStream): () => void {
  const onData = (chunk: Uint8Array | string) => {
    if (!ask(socket, { input: Buffer.from(chunk).toString('base64') })) input.pause();
  };
  const onDrain = () => input.resume();
  const onEnd = () => ask(socket, { input: null });
  input.on('data', onData).on('end', onEnd);
  socket.on('drain', onDrain);
  return () => {
    input.off('data', onData).off('end', onEnd).pause();
    socket.off('drain', onDrain);
  };
}

function readAnswer(socket: Socket, onItem?: (item: unknown) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onLine = (line: string) => {
      const answer = parseAnswer(line);
      if (answer instanceof Failure) reject(answer);
      else if ('error' in answer) reject(decodeError(answer.error));
      else if ('result' in answer) resolve(answer.result);
      else onItem?.(answer.item);
    };
    // The agent is trusted with our memory: evidence and logs have their own bounds.
    readLines(socket, Number.POSITIVE_INFINITY, { onLine, onTooLong: () => {} });
    socket.on('error', reject);
    // After a result this is without effect.
    socket.on('close', () => reject(Object.assign(new Error('it ended before it answered'), { code: 'ECONNRESET' })));
  });
}

function parseAnswer(line: string): Answer | Failure {
  try {
    return JSON.parse(line) as Answer;
  } catch (error) {
    const hint = 'it may be of another version: end its process, then railiance local up';
    return new Failure('ask the local agent', 'its answer cannot be read', { hint, cause: error });
  }
}

function isConnectionError(error: unknown): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'EPIPE';
}

function unreachable(cause: unknown): Failure {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  const runs = code !== 'ENOENT' && code !== 'ECONNREFUSED';
  return new Failure('ask the local agent', runs ? `it does not answer (${problemOf(cause)})` : 'it does not run', {
    hint: 'railiance local up',
    exitCode: exitCodes.dependencyMissing,
    cause,
  });
}
