import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';

import { exitCodes, Failure, problemOf } from '../../../domain/failure.ts';
import type { Frame, MethodName, Methods } from './methods.ts';
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
      const request = httpRequest({
        socketPath,
        agent: false,
        method: 'POST',
        path: `/v1/${name}`,
        ...(signal ? { signal } : {}),
      });
      try {
        const response = await send(request, args, input ?? null);
        return (await readAnswer(response, onItem as (item: unknown) => void)) as Methods[typeof name]['result'];
      } catch (error) {
        signal?.throwIfAborted();
        throw isConnectionError(error) ? unreachable(error) : error;
      } finally {
        if (input) input.unpipe(request);
        request.destroy();
      }
    },
  };
}

/** True where the error says that no agent answers, and not that it answered no. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof Failure && isConnectionError(error.cause);
}

async function send(
  request: ClientRequest,
  args: unknown,
  input: NodeJS.ReadableStream | null,
): Promise<IncomingMessage> {
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    // Stays for the request's whole life: an answer that is read to its end makes later errors meaningless.
    request.on('error', reject);
  });
  request.write(`${JSON.stringify(args)}\n`);
  if (input) input.pipe(request);
  else request.end();
  return answered;
}

async function readAnswer(response: IncomingMessage, onItem?: (item: unknown) => void): Promise<unknown> {
  for await (const line of createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })) {
    const frame = JSON.parse(line) as Frame;
    if ('error' in frame) throw decodeError(frame.error);
    if ('result' in frame) return frame.result;
    onItem?.(frame.item);
  }
  throw Object.assign(new Error('it ended before it answered'), { code: 'ECONNRESET' });
}

function isConnectionError(error: unknown): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'EPIPE';
}

function unreachable(cause: unknown): Failure {
  return new Failure('ask the local agent', `it does not answer (${problemOf(cause)})`, {
    hint: 'railiance local up',
    exitCode: exitCodes.dependencyMissing,
    cause,
  });
}
