import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';

import { ApiError, type StatusBody } from './apiError.ts';
import type { Connection } from './connection.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly query?: Query;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Of a list only what its objects are called and labelled: the rest may be large. */
  readonly metadataOnly?: boolean;
  readonly signal?: AbortSignal;
  /** For the answer to begin; absent: 15 s. */
  readonly timeoutMs?: number;
}

/** The Kubernetes API as it is: paths and JSON. Everything throws an ApiError. */
export interface Api {
  readonly connection: Connection;
  /** Answers that say "later" and connections that break are tried again while it is safe, for up to half a minute. */
  call<T>(path: string, request?: ApiRequest): Promise<T>;
  /** The body as it comes. Ends when the signal is aborted. */
  stream(path: string, request?: ApiRequest): Promise<IncomingMessage>;
  /** How many requests were sent. */
  readonly sent: () => number;
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
const metadataType = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const answerTimeoutMs = 15_000;
/** A server that answered before may be starting again; one that never did is probably the wrong one. */
const retryForMs = { known: 30_000, unknown: 3_000 } as const;
const retryEveryMs = 250;
const longestAnswerBytes = 64 << 20;

export function createApi(connection: Connection): Api {
  let sent = 0;
  let hasAnswered = false;

  async function send(path: string, request: ApiRequest, use: 'call' | 'stream'): Promise<IncomingMessage> {
    const url = new URL(`${connection.server}${path}`);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const options = await connection.options(use);
    const text = request.body === undefined ? undefined : JSON.stringify(request.body);
    request.signal?.throwIfAborted();
    sent += 1;
    return await exchange(url, { ...options, method: request.method ?? 'GET' }, text, request).catch(
      (error: unknown) => {
        throw withTrouble(error, connection.trouble?.());
      },
    );
  }

  async function once<T>(path: string, request: ApiRequest): Promise<T> {
    const response = await send(path, request, 'call');
    hasAnswered = true;
    const text = await readAll(response);
    if (isSuccess(response)) return (text === '' ? undefined : JSON.parse(text)) as T;
    throw refusal(response, text);
  }

  return {
    connection,
    sent: () => sent,

    async call<T>(path: string, request: ApiRequest = {}): Promise<T> {
      const untilMs = performance.now() + (hasAnswered ? retryForMs.known : retryForMs.unknown);
      for (;;) {
        try {
          return await once<T>(path, request);
        } catch (error) {
          if (!mayRetry(error, request) || performance.now() >= untilMs) throw error;
          await wait(retryEveryMs, undefined, request.signal ? { signal: request.signal } : {});
        }
      }
    },

    async stream(path, request = {}) {
      const response = await send(path, request, 'stream');
      if (isSuccess(response)) return response;
      throw refusal(response, await readAll(response));
    },
  };
}

function exchange(
  url: URL,
  options: Parameters<typeof httpsRequest>[1],
  body: string | undefined,
  { contentType = 'application/json', metadataOnly, signal, timeoutMs = answerTimeoutMs }: ApiRequest,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...options.headers,
      accept: metadataOnly ? metadataType : 'application/json',
      ...(body !== undefined && { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }),
    };
    const begin = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = begin(url, { ...options, headers, ...(signal && { signal }) });
    const patience = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    request.once('response', (response) => {
      clearTimeout(patience);
      resolve(response);
    });
    request.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(patience);
      reject(
        signal?.aborted ? signal.reason : new ApiError(0, error.code ?? 'Unreachable', error.message, { cause: error }),
      );
    });
    request.end(body);
  });
}

/** What is at the near end of a tunnel says only that the connection ended; the reason is known at the far end. */
function withTrouble(error: unknown, trouble: string | undefined): unknown {
  if (trouble === undefined || !(error instanceof ApiError) || error.status !== 0) return error;
  return new ApiError(0, error.reason, `${trouble} (${error.problem})`, { cause: error });
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > longestAnswerBytes) throw new Error(`the answer is longer than ${longestAnswerBytes >> 20} MiB`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw new ApiError(0, 'Unreachable', error instanceof Error ? error.message : String(error), { cause: error });
  }
  return Buffer.concat(chunks).toString();
}

function isSuccess({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function refusal({ statusCode = 0, statusMessage }: IncomingMessage, text: string): ApiError {
  let status: StatusBody = {};
  try {
    status = JSON.parse(text) as StatusBody;
  } catch {
    // Proxies in between answer in HTML; the status line has to do.
  }
  return new ApiError(statusCode, status.reason ?? '', status.message ?? `${statusCode} ${statusMessage ?? ''}`.trim());
}

/** A request that may have been carried out is sent again only where twice is the same as once. */
function mayRetry(error: unknown, { method = 'GET', signal }: ApiRequest): boolean {
  if (!(error instanceof ApiError) || signal?.aborted) return false;
  if (error.status === 429 || error.status === 503) return true;
  if (error.status !== 0) return error.status === 500 && error.reason === 'InternalError' && method === 'GET';
  return method !== 'POST' || error.reason === 'ECONNREFUSED';
}
