import type { AddressPolicy } from './addresses.ts';
import { readJson } from './answers.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { basicAuthorization, type CredentialSource, type Credentials } from './credentials.ts';
import type { HttpRequest, HttpResponse } from './http.ts';
import { RegistryError } from './registryError.ts';

/** Where tokens come from: where the registry's challenge says, or from the registry's own address whatever it says. */
export type TokenMode = 'realm' | 'prefetch';

export interface AuthOptions {
  readonly base: URL;
  readonly policy: AddressPolicy;
  readonly mode: TokenMode;
  readonly credentials: CredentialSource;
  /** Sends one request, repeating it where that may help; takes any status. */
  readonly send: (request: HttpRequest) => Promise<HttpResponse>;
}

interface Grant {
  readonly authorization: string;
  /** On the clock of `performance.now()`. */
  readonly expiresMs: number;
}

const maxTokenAnswerBytes = 1024 * 1024;
/** https://distribution.github.io/distribution/spec/auth/token/ */
const defaultLifeMs = 60_000;
/** A token this close to its end is not begun with. */
const marginMs = 10_000;
/** Gitea's; what stands there does not matter to registries that have only one service. */
const prefetchService = 'container_registry';

/** The Authorization header for each scope: Bearer tokens, got when needed and kept while they last, or Basic. */
export class Auth {
  readonly #options: AuthOptions;
  readonly #grants = new Map<string, Promise<Grant>>();
  #credentials: Promise<Credentials | undefined> | undefined;
  #challenge: Challenge | undefined;

  constructor(options: AuthOptions) {
    this.#options = options;
  }

  /** What to send with a request of this scope; undefined before the registry has said what it wants. */
  async authorization(scope: string, signal?: AbortSignal): Promise<string | undefined> {
    if (this.#options.mode === 'realm' && this.#challenge === undefined) return undefined;
    const known = this.#grants.get(scope);
    if (known !== undefined) {
      const { authorization, expiresMs } = await known;
      if (expiresMs > performance.now() + marginMs) return authorization;
      if (this.#grants.get(scope) === known) this.#grants.delete(scope);
    }
    return (await this.#grant(scope, signal))?.authorization;
  }

  /**
   * After a 401 to a request that carried `refused`: another header, or undefined where there is no other to be had.
   * Many requests may be refused at once; only one asks for the new token.
   */
  async renew(scope: string, refused: string | undefined, header: string, signal?: AbortSignal) {
    const challenge = chooseChallenge(parseChallenges(header));
    if (this.#options.mode === 'realm' || challenge?.scheme === 'basic') this.#challenge = challenge;
    if (this.#options.mode === 'realm' && challenge === undefined) return undefined;
    const known = this.#grants.get(scope);
    if (known !== undefined) {
      const { authorization } = await known;
      if (authorization !== refused) return authorization;
      if (this.#grants.get(scope) === known) this.#grants.delete(scope);
    }
    const authorization = (await this.#grant(scope, signal))?.authorization;
    return authorization === refused && authorization?.startsWith('Basic ') ? undefined : authorization;
  }

  /** Credentials, asked for once. */
  credentials(): Promise<Credentials | undefined> {
    this.#credentials ??= this.#options.credentials();
    return this.#credentials;
  }

  async #grant(scope: string, signal: AbortSignal | undefined): Promise<Grant | undefined> {
    const running = this.#grants.get(scope);
    if (running !== undefined) return running;
    if (this.#challenge?.scheme === 'basic') {
      const credentials = await this.credentials();
      if (credentials?.isIdentityToken) {
        throw new RegistryError('unauthorized', 'an identity token is kept, and the registry wants a password');
      }
      return credentials && { authorization: basicAuthorization(credentials), expiresMs: Number.POSITIVE_INFINITY };
    }
    const grant = this.#fetchToken(scope, signal);
    this.#grants.set(scope, grant);
    grant.catch(() => this.#grants.delete(scope));
    return grant;
  }

  async #fetchToken(scope: string, signal: AbortSignal | undefined): Promise<Grant> {
    const credentials = await this.credentials();
    const request = tokenRequest(this.#tokenUrl(scope), credentials);
    const { method, url } = request;
    const response = await this.#options.send({ ...request, signal });
    const { status } = response;
    if (status !== 200) {
      response.stream.destroy();
      const code = status === 401 || status === 403 ? 'unauthorized' : 'failed';
      const who = credentials === undefined ? 'no credentials were given' : 'user or password is refused';
      const problem = code === 'unauthorized' ? `${status}, ${who}` : `${status} instead of a token`;
      throw new RegistryError(code, problem, { method, url, status });
    }
    const answer = await readJson(response, maxTokenAnswerBytes);
    const token = answer.token ?? answer.access_token;
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
      throw new RegistryError('invalid', 'the answer holds no token', { method, url, status });
    }
    const seconds = typeof answer.expires_in === 'number' ? answer.expires_in : 0;
    const lifeMs = seconds > 0 ? seconds * 1000 : defaultLifeMs;
    return { authorization: `Bearer ${token}`, expiresMs: performance.now() + Math.max(lifeMs, 2 * marginMs) };
  }

  #tokenUrl(scope: string): URL {
    const { mode, base, policy } = this.#options;
    const { realm, service } = this.#challenge?.parameters ?? {};
    let url = new URL('/v2/token', base);
    if (mode === 'realm') {
      if (realm === undefined || !URL.canParse(realm)) {
        throw new RegistryError('invalid', 'the challenge names no realm to get a token from', { url: base });
      }
      url = new URL(realm);
      policy.assertVisitable(url, 'token realm');
      if (!policy.isTrusted(url)) {
        throw new RegistryError('forbidden-address', 'the token realm is on another host than the registry', { url });
      }
    }
    const named = mode === 'prefetch' ? prefetchService : service;
    if (named !== undefined) url.searchParams.set('service', named);
    for (const one of scope.split(' ').filter(Boolean)) url.searchParams.append('scope', one);
    return url;
  }
}

/**
 * An identity token is not a password: it is exchanged by the OAuth form.
 * https://distribution.github.io/distribution/spec/auth/oauth/
 */
function tokenRequest(url: URL, credentials: Credentials | undefined): HttpRequest {
  const headers = { accept: 'application/json' };
  if (credentials === undefined) return { method: 'GET', url, headers };
  if (!credentials.isIdentityToken) {
    return { method: 'GET', url, headers: { ...headers, authorization: basicAuthorization(credentials) } };
  }
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: credentials.password.reveal(),
    client_id: 'railiance',
    service: url.searchParams.get('service') ?? '',
    scope: url.searchParams.getAll('scope').join(' '),
  });
  const type = 'application/x-www-form-urlencoded';
  const to = new URL(url.pathname, url);
  return { method: 'POST', url: to, headers: { ...headers, 'content-type': type }, body: Buffer.from(form.toString()) };
}

function chooseChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  return ['bearer', 'basic'].map((scheme) => challenges.find((one) => one.scheme === scheme)).find(Boolean);
}
