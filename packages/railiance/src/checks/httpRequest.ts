import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface HttpQuestion {
  readonly method: string;
  /** As the server gets it; characters that may not stand in a request line are percent-encoded here. */
  readonly path: string;
  /** Base URL: its scheme, and the Host header where `headers` has none. */
  readonly url: string;
  readonly connect: { readonly host: string; readonly port: number };
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names; values that came several times are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** What it set, each as `name=value`. */
  readonly cookies: readonly string[];
  /** The first 1 MiB. */
  readonly body: string;
  readonly truncated: boolean;
  /** Until the body was complete, or cut. */
  readonly durationMs: number;
}

/** No whole answer within the time; `status` where its head had come. */
export class AnswerTimeout extends Error {
  override readonly name = 'AnswerTimeout';
  readonly status: number | undefined;

  constructor(status: number | undefined) {
    super('no answer in time');
    this.status = status;
  }
}

const bodyLimitBytes = 1024 * 1024;

/**
 * One request on a new connection. Redirects are answers like any other: they are not followed.
 * @throws AnswerTimeout; the signal's reason; the system's error (ECONNREFUSED, ECONNRESET …)
 */
export async function askOnce(question: HttpQuestion): Promise<HttpAnswer> {
  question.signal.throwIfAborted();
  const deadline = AbortSignal.timeout(question.timeoutMs);
  const signal = AbortSignal.any([question.signal, deadline]);
  let status: number | undefined;
  try {
    const started = performance.now();
    const response = await send(question, signal);
    status = response.statusCode;
    const { body, truncated } = await readBounded(response);
    const headers = Object.fromEntries(
      Object.entries(response.headersDistinct).map(([name, values]) => [name, (values ?? []).join(', ')]),
    );
    const cookies = (response.headersDistinct['set-cookie'] ?? []).map((cookie) => cookie.replace(/;.*$/s, ''));
    return {
      status: status ?? 0,
      headers,
      cookies,
      body,
      truncated,
      durationMs: Math.round(performance.now() - started),
    };
  } catch (error) {
    question.signal.throwIfAborted();
    if (deadline.aborted) throw new AnswerTimeout(status);
    throw error;
  }
}

async function send(question: HttpQuestion, signal: AbortSignal): Promise<IncomingMessage> {
  const url = new URL(question.url);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const named = new Set(Object.keys(question.headers).map((name) => name.toLowerCase()));
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = request({
    host: question.connect.host,
    port: question.connect.port,
    method: question.method,
    path: question.path.replace(/[^\x21-\x7e]+/gu, encodeURIComponent),
    // The certificate and the route belong to the name, wherever the connection goes.
    ...(url.protocol === 'https:' ? { servername: url.hostname } : {}),
    setHost: false,
    agent: false,
    signal,
    headers: { ...(named.has('host') ? {} : { host: url.host }), ...question.headers, connection: 'close' },
  });
  outgoing.once('response', resolve).once('error', reject).end(question.body);
  return await promise;
}

async function readBounded(response: IncomingMessage): Promise<{ readonly body: string; readonly truncated: boolean }> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > bodyLimitBytes) break;
  }
  const body = new TextDecoder().decode(Buffer.concat(chunks).subarray(0, bodyLimitBytes));
  return { body, truncated: sizeBytes > bodyLimitBytes };
}
