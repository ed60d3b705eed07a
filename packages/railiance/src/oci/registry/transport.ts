import { setTimeout as sleep } from 'node:timers/promises';

import { AddressPolicy } from './addresses.ts';
import { discard, readErrors } from './answers.ts';
import { Auth, type TokenMode } from './auth.ts';
import type { CredentialSource } from './credentials.ts';
import { type Body, Http, type HttpResponse } from './http.ts';
import { codeOfStatus, RegistryError } from './registryError.ts';
import { defaultRetry, delayBefore, isPassing, type RetryPolicy } from './retry.ts';

export interface TransportOptions {
  readonly base: URL;
  readonly token?: TokenMode | undefined;
  /** Anonymous unless given. */
  readonly credentials?: CredentialSource | undefined;
  /** Certificates in PEM that are trusted besides those that Node knows. */
  readonly ca?: string | undefined;
  /**
   * Hosts with ports, besides the registry's own, that it may send its client to though they are internal, and that may
   * hand out tokens for it: they are sent the credentials.
   */
  readonly trustedHosts?: readonly string[] | undefined;
  /** Connections at once. 8 unless given. */
  readonly maxConnections?: number | undefined;
  readonly idleTimeoutMs?: number | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** How tests pass the time. */
  readonly wait?: ((ms: number, signal?: AbortSignal) => Promise<void>) | undefined;
}

export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path from the registry's root, or an address that it gave. */
  readonly url: string | URL;
  /** As in tokens, e.g. `repository:app:pull,push`; several with blanks between. */
  readonly scope: string;
  /** Statuses that are an answer and not an error. */
  readonly expect: readonly number[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** False where the caller repeats a failed request itself. */
  readonly repeat?: boolean;
  readonly signal?: AbortSignal | undefined;
}

const maxRedirects = 5;
const defaultIdleTimeoutMs = 60_000;

/** Requests to one registry: authorised, repeated where that may help, and never led where they must not go. */
export class Transport {
  readonly base: URL;
  readonly policy: AddressPolicy;
  readonly #http: Http;
  readonly #auth: Auth;
  readonly #retry: RetryPolicy;
  readonly #wait: NonNullable<TransportOptions['wait']>;

  constructor(options: TransportOptions) {
    const { base, trustedHosts = [], maxConnections = 8, idleTimeoutMs = defaultIdleTimeoutMs } = options;
    this.base = base;
    this.policy = new AddressPolicy(base, trustedHosts);
    this.#retry = { ...defaultRetry, ...options.retry };
    this.#wait = options.wait ?? ((ms, signal) => sleep(ms, undefined, signal && { signal }));
    const httpOptions = { policy: this.policy, ca: options.ca, maxSockets: maxConnections, idleTimeoutMs };
    this.#http = new Http(httpOptions);
    this.#auth = new Auth({
      base,
      policy: this.policy,
      mode: options.token ?? 'realm',
      credentials: options.credentials ?? (async () => undefined),
      send: (request) => this.#repeated(() => this.#http.send(request), request.signal),
    });
  }

  /** @throws RegistryError for any status but the expected ones; then nothing of the answer is left to read */
  async send(request: RegistryRequest): Promise<HttpResponse> {
    const once = () => this.#follow(request);
    const response = request.repeat === false ? await once() : await this.#repeated(once, request.signal);
    if (request.expect.includes(response.status)) return response;
    throw await this.#errorOf(request, response);
  }

  /** What the registry's root answers to nobody in particular, and how it wants to be asked. */
  async ping(signal?: AbortSignal): Promise<{ readonly status: number; readonly header: string }> {
    const url = new URL('/v2/', this.base);
    const response = await this.#repeated(() => this.#http.send({ method: 'GET', url, headers: {}, signal }), signal);
    await discard(response);
    return { status: response.status, header: response.headers['www-authenticate'] ?? '' };
  }

  /** Waits before a caller's own repetition number `attempt` (from 1), as long as the failure asks for. */
  pause(attempt: number, signal: AbortSignal | undefined, failure?: RegistryError): Promise<void> {
    return this.#wait(delayBefore(attempt, failure?.retryAfter, this.#retry), signal);
  }

  /** How often a caller repeats by itself what `repeat: false` left to it. */
  get attempts(): number {
    return this.#retry.attempts;
  }

  close(): void {
    this.#http.close();
  }

  async #repeated(once: () => Promise<HttpResponse>, signal: AbortSignal | undefined): Promise<HttpResponse> {
    for (let attempt = 1; ; attempt += 1) {
      let retryAfter: string | undefined;
      try {
        const response = await once();
        if (!isPassing(response.status) || attempt >= this.#retry.attempts) return response;
        retryAfter = response.headers['retry-after'];
        await discard(response);
      } catch (error) {
        if (!mayPass(error) || attempt >= this.#retry.attempts) throw error;
      }
      await this.#wait(delayBefore(attempt, retryAfter, this.#retry), signal);
    }
  }

  /** Redirects are followed for reading only; what is sent goes where the registry's own Location says, or nowhere. */
  async #follow(request: RegistryRequest): Promise<HttpResponse> {
    let url = new URL(request.url, this.base);
    for (let hop = 0; ; hop += 1) {
      this.policy.assertVisitable(url, hop === 0 ? 'address given by the registry' : 'redirect');
      const response = await this.#authorised(request, url);
      const reads = request.method === 'GET' || request.method === 'HEAD';
      if (!reads || ![301, 302, 303, 307, 308].includes(response.status)) return response;
      const { location } = response.headers;
      await discard(response);
      const details = { method: request.method, url, status: response.status };
      if (location === undefined || !URL.canParse(location, url.href)) {
        throw new RegistryError('invalid', 'a redirect that leads nowhere', details);
      }
      if (hop >= maxRedirects) throw new RegistryError('invalid', `more than ${maxRedirects} redirects`, details);
      const next = new URL(location, url);
      if (url.protocol === 'https:' && next.protocol === 'http:') {
        throw new RegistryError('forbidden-address', 'redirect: from https to http', { url: next });
      }
      url = next;
    }
  }

  /** One request; after a 401 once more with a new token. Credentials and tokens go to the registry's own host alone. */
  async #authorised(request: RegistryRequest, url: URL): Promise<HttpResponse> {
    const { method, headers = {}, body, scope, signal } = request;
    const plain = { method, url, body, signal };
    if (!this.policy.isOwn(url)) return this.#http.send({ ...plain, headers });
    const withHeader = (value: string | undefined) => ({ ...headers, ...(value && { authorization: value }) });
    const authorization = await this.#auth.authorization(scope, signal);
    const response = await this.#http.send({ ...plain, headers: withHeader(authorization) });
    if (response.status !== 401) return response;
    const renewed = await this.#auth.renew(scope, authorization, response.headers['www-authenticate'] ?? '', signal);
    if (renewed === undefined) return response;
    await discard(response);
    return this.#http.send({ ...plain, headers: withHeader(renewed) });
  }

  async #errorOf({ method }: RegistryRequest, response: HttpResponse): Promise<RegistryError> {
    const { status, url } = response;
    const { codes, problem } = await readErrors(response);
    return new RegistryError(codeOfStatus(status), `${status}${problem === '' ? '' : ` ${problem}`}`, {
      method,
      url,
      status,
      codes,
      retryAfter: response.headers['retry-after'],
    });
  }
}

/** Whether the same request may succeed a little later. A missing name or a wrong certificate stays what it is. */
export function mayPass(error: unknown): error is RegistryError {
  if (!(error instanceof RegistryError)) return false;
  if (error.status !== undefined) return isPassing(error.status);
  if (error.code !== 'unreachable') return false;
  const { code = '', message = '' } = (error.cause ?? {}) as Partial<NodeJS.ErrnoException>;
  if (/certificate|self-signed/i.test(message)) return false;
  return !['ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code) && !/CERT|SSL|TLS/.test(code);
}
