import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';

import type { AddressPolicy } from './addresses.ts';
import { RegistryError } from './registryError.ts';

/** Content that can be sent again from its beginning. */
export interface ReplayableBody {
  /** Known beforehand: it becomes Content-Length. */
  readonly sizeBytes?: number;
  /** A chunk is valid until the next one is asked for. */
  open(): AsyncIterable<Uint8Array>;
}

export type Body = Uint8Array | ReplayableBody;

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Body | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly url: URL;
  /** Has to be read to its end or destroyed. */
  readonly stream: IncomingMessage;
}

export interface HttpOptions {
  readonly policy: AddressPolicy;
  /** Certificates in PEM that are trusted besides the system's. */
  readonly ca?: string | undefined;
  readonly maxSockets: number;
  /** A connection that is silent for so long is given up. */
  readonly idleTimeoutMs: number;
}

interface Channel {
  readonly request: typeof requestHttp;
  readonly agent: HttpAgent;
}

async function openSecure({ maxSockets, ca }: HttpOptions): Promise<Channel> {
  const [{ Agent, request }, { rootCertificates }] = await Promise.all([import('node:https'), import('node:tls')]);
  return { request, agent: new Agent({ keepAlive: true, maxSockets, ...(ca && { ca: [...rootCertificates, ca] }) }) };
}

/** Sends single requests over kept-alive connections. */
export class Http {
  readonly #options: HttpOptions;
  readonly #plain: HttpAgent;
  #secure: Promise<Channel> | undefined;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#plain = new HttpAgent({ keepAlive: true, maxSockets: options.maxSockets });
  }

  /** @throws RegistryError `unreachable`, or what the body throws */
  async send(asked: HttpRequest): Promise<HttpResponse> {
    const { method, url, headers, body, signal } = asked;
    const { policy, idleTimeoutMs } = this.#options;
    const { request, agent } = await this.#channelFor(url);
    const lookup = policy.lookupFor(url);
    const options = {
      method,
      headers: { 'user-agent': 'railiance', ...headers, ...lengthOf(body, method) },
      agent,
      timeout: idleTimeoutMs,
      ...(lookup && { lookup }),
      ...(signal && { signal }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(url, options);
      const sending = { answered: false };
      outgoing.on('timeout', () => outgoing.destroy(new Error(`silent for ${idleTimeoutMs / 1000} s`)));
      outgoing.on('error', (error) => reject(unreachable(error, asked)));
      outgoing.on('response', (stream) => {
        sending.answered = true;
        // An answer before the body was sent: the rest of it is not wanted, and the connection is of no more use.
        if (!outgoing.writableEnded) stream.once('close', () => outgoing.destroy());
        resolve({ status: stream.statusCode ?? 0, headers: stream.headers, url, stream });
      });
      if (body === undefined || body instanceof Uint8Array) outgoing.end(body);
      else sendStream(outgoing, body, sending).catch((error: Error) => outgoing.destroy(error));
    });
  }

  close(): void {
    this.#plain.destroy();
    this.#secure?.then(({ agent }) => agent.destroy());
  }

  /** TLS is loaded where it is needed: it doubles the start of a push that has nothing to do. */
  async #channelFor(url: URL): Promise<Channel> {
    if (url.protocol !== 'https:') return { request: requestHttp, agent: this.#plain };
    this.#secure ??= openSecure(this.#options);
    return this.#secure;
  }
}

function lengthOf(body: Body | undefined, method: string): Record<string, string> {
  if (body === undefined) return method === 'GET' || method === 'HEAD' ? {} : { 'content-length': '0' };
  const size = body instanceof Uint8Array ? body.length : body.sizeBytes;
  return size === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(size) };
}

async function sendStream(
  outgoing: ReturnType<typeof requestHttp>,
  body: ReplayableBody,
  sending: { readonly answered: boolean },
): Promise<void> {
  const unwanted = () => outgoing.destroyed || sending.answered;
  for await (const chunk of body.open()) {
    if (unwanted()) return;
    await written(outgoing, chunk);
    // Before the next chunk is asked for: where it is unwanted, this one may still be on its way.
    if (unwanted()) return;
  }
  outgoing.end();
}

/** Resolves when the chunk has left this process, or need not leave it any more. */
function written(outgoing: ReturnType<typeof requestHttp>, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const events = ['close', 'error', 'response'] as const;
    const done = () => {
      for (const event of events) outgoing.off(event, done);
      resolve();
    };
    for (const event of events) outgoing.on(event, done);
    outgoing.write(chunk, done);
  });
}

/** Failures of the connection are the registry's; what the body or the caller's signal threw stays as it is. */
function unreachable(error: NodeJS.ErrnoException, { method, url, signal }: HttpRequest): Error {
  if (signal?.aborted || error.name === 'OciError' || error.name === 'RegistryError') return error;
  const tls = error.code?.startsWith('ERR_SSL') || /certificate|self-signed/i.test(error.message);
  const problem = error.code !== undefined && !tls ? `${error.code} ${error.message}`.trim() : error.message;
  return new RegistryError('unreachable', problem || error.name, { method, url, cause: error });
}
