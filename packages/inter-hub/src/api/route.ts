import type { Context } from 'hono';
import type * as z from 'zod';
import type { Deps } from '../deps.ts';
import type { HubEnv } from '../http/env.ts';
import type { ApiKey } from './keyStore.ts';

/**
 * Who may ask: `public` anyone; `discovery` anyone where the setting says so, else as `read`; `read` and `write` any key
 * that may do so for some hub (the handler checks which); `admin` keys with that scope.
 */
export type Access = 'public' | 'discovery' | 'read' | 'write' | 'admin';

export interface ApiAnswer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Default `application/json`. */
  readonly type?: string;
  /** The same as CSV and JSON Lines, where `format` asks for it. */
  readonly exports?: boolean;
}

export interface ApiRequest<Params, Query, Body> {
  readonly c: Context<HubEnv>;
  readonly deps: Deps;
  /** Absent only on routes that anyone may ask. */
  readonly key: ApiKey | undefined;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

export interface ApiRoute<Params = unknown, Query = unknown, Body = unknown> {
  readonly method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  /** Below `/api/v2`, with parameters as `{name}`. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  /** Parsed as JSON; without it the handler reads the body itself. */
  readonly body?: z.ZodType<Body>;
  /** Bodies that the handler reads itself, for the document: media type → schema. */
  readonly rawBodies?: Readonly<Record<string, z.ZodType>>;
  readonly idempotent?: boolean;
  readonly answers: Readonly<Record<number, ApiAnswer>>;
  /** Statuses of refusals that the form of the request does not let expect. */
  readonly refusals?: readonly number[];
  handle(request: ApiRequest<Params, Query, Body>): Promise<Response>;
}

/** Says one route, whole: what it takes, what it answers and who may ask. The OpenAPI document is made from this. */
export function defineRoute<Params, Query, Body>(route: ApiRoute<Params, Query, Body>): ApiRoute {
  return route as unknown as ApiRoute;
}
