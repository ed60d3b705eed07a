import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

import type { MemoryRegistryOptions } from '../memoryRegistry.ts';
import { refuse } from './handlers.ts';

/** Passwords and rights by user name; `''` is anybody. */
export type Users = Readonly<Record<string, { readonly password: string; readonly may: 'pull' | 'push' }>>;

interface Token {
  readonly may: 'pull' | 'push';
  usesLeft: number;
}

/** Who may do what at a registry. */
export class Authority {
  readonly #options: MemoryRegistryOptions;
  readonly #realm: string;
  readonly #tokens = new Map<string, Token>();

  constructor(host: string, options: MemoryRegistryOptions) {
    this.#options = options;
    this.#realm = options.realm ?? `http://${host}/v2/token`;
  }

  /** Whether the address is that of the token service. */
  answers(url: URL): boolean {
    return this.#options.auth === 'bearer' && url.pathname === '/v2/token';
  }

  async giveToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(request.method === 'POST' ? await text(request) : '');
    const may =
      form.get('grant_type') === 'refresh_token'
        ? this.#options.identityTokens?.[form.get('refresh_token') ?? '']
        : this.#rightsOf(request.headers.authorization);
    if (may === undefined) {
      refuse(response, 401, 'UNAUTHORIZED');
      return;
    }
    const token = randomUUID();
    this.#tokens.set(token, { may, usesLeft: this.#options.tokenUses ?? Number.POSITIVE_INFINITY });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token, expires_in: 300 }));
  }

  /** False where the request was refused. */
  admits(request: IncomingMessage, response: ServerResponse): boolean {
    const { auth = 'none' } = this.#options;
    if (auth === 'none') return true;
    const header = request.headers.authorization;
    const may = auth === 'basic' ? this.#rightsOf(header) : this.#spend(header);
    if (may === undefined) {
      const challenge =
        auth === 'basic'
          ? 'Basic realm="memory"'
          : `Bearer realm="${this.#realm}",service="container_registry",scope="*"`;
      response.setHeader('www-authenticate', challenge);
      refuse(response, 401, 'UNAUTHORIZED');
      return false;
    }
    if (may === 'push' || request.method === 'GET' || request.method === 'HEAD') return true;
    refuse(response, auth === 'bearer' ? 401 : 403, auth === 'bearer' ? 'UNAUTHORIZED' : 'DENIED');
    return false;
  }

  #spend(header: string | undefined): 'pull' | 'push' | undefined {
    const token = this.#tokens.get(header?.replace(/^Bearer /, '') ?? '');
    if (token === undefined || token.usesLeft <= 0) return undefined;
    token.usesLeft -= 1;
    return token.may;
  }

  #rightsOf(header: string | undefined): 'pull' | 'push' | undefined {
    const { users = {} } = this.#options;
    const [name = '', ...password] = Buffer.from(header?.replace(/^Basic /, '') ?? '', 'base64')
      .toString()
      .split(':');
    const user = users[name];
    return user !== undefined && user.password === password.join(':') ? user.may : undefined;
  }
}
