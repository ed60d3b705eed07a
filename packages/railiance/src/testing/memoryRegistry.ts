import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import { Authority, type Users } from './memoryRegistry/authority.ts';
import { type FaultScript, misbehave, scripted } from './memoryRegistry/faults.ts';
import { handle } from './memoryRegistry/handlers.ts';
import { MemoryStore } from './memoryRegistry/store.ts';

export type { FaultScript };

export interface MemoryRegistryOptions {
  /** `none`, Basic, or Bearer tokens as Gitea and distribution give them. */
  readonly auth?: 'none' | 'basic' | 'bearer';
  readonly users?: Users;
  /** Tokens that the token service takes in place of a user's password, and nothing else does. */
  readonly identityTokens?: Readonly<Record<string, 'pull' | 'push'>>;
  /** Key and certificate in PEM: it speaks HTTPS then. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Address in the challenge; its own /v2/token unless given. */
  readonly realm?: string;
  /** Tokens are taken for so many requests each. */
  readonly tokenUses?: number;
  /** Takes a blob in one POST. */
  readonly wholePost?: boolean;
  /** `Location` of uploads: `relative`; `absolute` with a query that has to come back; `moving`: another one in each answer. */
  readonly location?: 'relative' | 'absolute' | 'moving';
  /** Tags in pages of so many, with a next page named on the last one too, as Gitea does. */
  readonly tagPage?: number;
  /** Deletes by tag are refused, as distribution 2.8 does. */
  readonly deleteByTag?: boolean;
  /** Says 201 to a mount without doing it, as old Gitea does. */
  readonly emptyMounts?: boolean;
  readonly faults?: FaultScript;
  /** Waited for before each request is answered. */
  readonly before?: (request: SeenRequest) => Promise<void>;
}

export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly authorization: string | undefined;
  readonly contentRange: string | undefined;
}

export interface MemoryRegistry {
  /** Host and port. */
  readonly host: string;
  readonly store: MemoryStore;
  /** In the order they came. */
  readonly requests: readonly SeenRequest[];
  close(): Promise<void>;
}

/** A registry in this process, over real HTTP on the loopback, that misbehaves as it is told to. */
export async function startMemoryRegistry(options: MemoryRegistryOptions = {}): Promise<MemoryRegistry> {
  const store = new MemoryStore();
  const requests: SeenRequest[] = [];
  const server = options.tls ? createSecureServer(options.tls) : createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const authority = new Authority(host, options);
  const faultFor = scripted(options.faults);
  server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
    const seen = seenRequest(request);
    requests.push(seen);
    request.on('error', () => undefined);
    await options.before?.(seen);
    const fault = faultFor(seen);
    if (fault !== undefined && (await misbehave(fault, request, response, store))) return;
    const url = new URL(seen.url, `http://${host}`);
    if (authority.answers(url)) return await authority.giveToken(request, response);
    if (!authority.admits(request, response)) return;
    await handle({ request, response, url, store, options }).catch(() => response.destroy());
  });
  return {
    host,
    store,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function seenRequest({ method = '', url = '', headers }: IncomingMessage): SeenRequest {
  return { method, url, authorization: headers.authorization, contentRange: headers['content-range'] };
}
